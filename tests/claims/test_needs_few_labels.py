"""Claim 8: each verdict is possible."""

import pytest

from narrows.claims import needs_few_labels as few_labels
from narrows.claims.engine.claim import Numbers
from support import made_up_numbers as made_up


def pretrained(tuned: str, frozen: str = "llll") -> Numbers:
    """Verdicts of two pretrainings with 10 and 5,000 labels."""
    cases = [(name, count) for name in few_labels.PRETRAINED.values() for count in (10, 5000)]
    rows = made_up.verdicts([("fine-tuned", *case) for case in cases], tuned)
    rows |= made_up.verdicts([("frozen", *case) for case in cases], frozen)
    return {"gaps": made_up.differences(["start", "pretraining", "labels"], rows)}


@pytest.mark.parametrize(
    ("tuned", "frozen", "word"),
    [
        ("hhhh", "llll", "supported"),
        ("hlhl", "llll", "supported"),  # 5,000 are not few
        ("hhnh", "llll", "mixed"),
        ("nhnh", "hhhh", "not supported"),  # a gain of the frozen encoder does not count
    ],
)
def test_fine_tuning_has_to_beat_scratch_with_few_labels(tuned, frozen, word):
    assert few_labels.judge(pretrained(tuned, frozen)).word == word


def test_the_verdict_says_how_wide_the_intervals_are():
    sentence = few_labels.judge(pretrained("hnln")).conditions
    assert "shown in 1 of 2 cases of pretraining and at most 1,000 labels, a loss in 1." in sentence
    assert "intervals are up to ± 0.1 points wide" in sentence


def test_the_verdict_mentions_the_frozen_encoder():
    assert "frozen: plain 10, plain 5000" in few_labels.judge(pretrained("hhhh", "hhll")).conditions
