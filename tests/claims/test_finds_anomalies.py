"""Claim 7: each verdict is possible."""

import pytest

from narrows.claims import finds_anomalies as anomaly
from narrows.claims.engine.claim import Numbers
from narrows.stats.inference import NO_DIFFERENCE
from support import made_up_numbers as made_up


def detected(chance: str, behind: tuple[float, ...]) -> Numbers:
    """The verdict of each setting against chance, and by how many points (± 0.1) PCA is worse there."""
    settings = (anomaly.DIGIT, *anomaly.SETTINGS.values())
    rows = made_up.verdicts([(setting, anomaly.CHANCE) for setting in settings], chance)
    rows |= {(setting, "PCA"): (size, NO_DIFFERENCE) for setting, size in zip(settings, behind, strict=True)}
    alarms = {(setting, name): 7.0 for setting in settings for name in anomaly.ALARMS}
    return {
        "gaps": made_up.differences(["setting", "against"], rows),
        "alarms": made_up.means(["setting", "share of test images"], alarms),
    }


@pytest.mark.parametrize(
    ("chance", "pca", "word"),
    [
        ("hhh", (5, 0, -0.8), "supported"),
        ("hhh", (5, -2, 0), "mixed"),
        ("hhh", (5, -0.95, 0), "mixed"),  # perhaps more than a point below: no difference shown is not enough
        ("hnh", (0, 0, 0), "mixed"),
        ("hhh", (-2, -3, -4), "not supported"),  # above chance, but below PCA everywhere
        ("nll", (5, 5, 5), "not supported"),
    ],
)
def test_no_simpler_detector_may_be_better(chance, pca, word):
    assert anomaly.judge(detected(chance, pca)).word == word


def test_the_verdict_names_the_false_alarms():
    sentence = anomaly.judge(detected("hhh", (0, -2, 0))).conditions
    assert "detectors that may be better: digits, not clothes: PCA." in sentence
    assert "A threshold set for 5% false alarms gave 7.0 % (one digit of ten), 7.0 %" in sentence
