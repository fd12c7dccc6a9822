"""Claim 11: each verdict is possible."""

import pytest

from narrows.claims import generates_images as generation
from narrows.claims.engine.claim import Numbers
from narrows.stats.factors import BOTTLENECK
from support import made_up_numbers as made_up


def generated(gaussian: str, mixture: str, others: str = "hh") -> Numbers:
    rows = {}
    for name, initials in zip((*generation.RIVALS, "β = 4, prior"), (gaussian, mixture, others), strict=True):
        rows |= made_up.verdicts([(4, name), (16, name)], initials)
    distances = {(generation.VAE, 4): 30.0, ("VAE, mixture", 4): 20.0, (generation.REAL, 4): 5.0}
    return {
        "gaps": made_up.differences([BOTTLENECK, "samples"], rows),
        "frechet": made_up.means(["samples", BOTTLENECK], distances),
        "judge": made_up.means([], {(): 95.4}),
    }


@pytest.mark.parametrize(
    ("gaussian", "mixture", "others", "word"),
    [
        ("hh", "hh", "ll", "supported"),  # another β may be nearer: the claim is about variational ones
        ("hh", "ll", "hh", "mixed"),
        ("nl", "ll", "hh", "not supported"),
    ],
)
def test_samples_of_the_prior_have_to_be_nearer(gaussian, mixture, others, word):
    verdict = generation.judge(generated(gaussian, mixture, others))
    assert verdict.word == word
    assert "The nearest of all samples are those of “VAE, mixture” at bottleneck 4." in verdict.conditions
    assert "has an accuracy of 95.4 % on the test digits." in verdict.conditions
