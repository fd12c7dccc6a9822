"""Claim 3: each verdict is possible."""

import pytest

from narrows.claims import activation_matters as activations
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up


def under(features: int, smooth: int) -> dict:
    """Eight activations, of which so many change features and smoothness, and identity, which is not counted."""
    kinds = ["identity", *"abcdefgh"]
    rows = {
        name: {(kind,): (1.0, "lower" if place <= count else NO_DIFFERENCE) for place, kind in enumerate(kinds)}
        for name, count in {"features": features, "smoothness": smooth}.items()
    }
    return {
        name: made_up.differences([activations.ACTIVATION], differences).assign(after="20 epochs")
        for name, differences in rows.items()
    }


@pytest.mark.parametrize(
    ("features", "smooth", "word"), [(2, 8, "supported"), (1, 2, "mixed"), (3, 0, "mixed"), (1, 0, "not supported")]
)
def test_a_quarter_of_the_activations_have_to_differ(features, smooth, word):
    assert activations.judge(under(features, smooth)).word == word
