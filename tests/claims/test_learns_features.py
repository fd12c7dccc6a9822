"""Claim 9: each verdict is possible."""

import pytest

from narrows.claims import learns_features as features
from narrows.stats.factors import BOTTLENECK
from support import made_up_numbers as made_up


@pytest.mark.parametrize(("initials", "word"), [("hh", "supported"), ("hl", "mixed"), ("ln", "not supported")])
def test_codes_are_good_features_when_they_beat_components_everywhere(initials, word):
    cases = made_up.verdicts([("linear probe", 3), ("k-means NMI", 32)], initials)
    verdict = features.judge({"gaps": made_up.differences(["measure", BOTTLENECK], cases)})
    assert verdict.word == word
    assert f"better than as many principal components in {initials.count('h')} of 2 cases" in verdict.conditions
