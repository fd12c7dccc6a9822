"""The rule of the ledger, on measurements whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import Measurement, mean_of
from narrows.published.verdict import (
    BETTER,
    DIFFERENT,
    NOT_RUN,
    REPRODUCED,
    TOO_FEW,
    UNDERSPECIFIED,
    WORSE,
    together,
    verdict,
)


def number(value: float, **more: object) -> PublishedNumber:
    fields = {"label": "a number", "quantity": "test/mse", "value": value, "grade": "A", "source": "a table"}
    return PublishedNumber.model_validate(fields | more)


OURS = Measurement(10, 5.0, 4.9, 5.1)
NARROW = Measurement(10, 5.0, 5.0, 5.0)

CASES = [
    (number(5.05), "lower", OURS, REPRODUCED),
    (number(5.3), "lower", OURS, REPRODUCED),  # in the interval of one further run, 0.1 √11
    (number(5.4), "lower", OURS, BETTER),
    (number(4.6), "lower", OURS, WORSE),
    (number(5.4), "higher", OURS, WORSE),
    (number(4.6), "higher", OURS, BETTER),
    (number(4.6), "", OURS, DIFFERENT),
    (number(5.3, runs=10), "lower", OURS, BETTER),  # the mean of ten runs has less spread than one
    (number(5.4, spread=0.31), "lower", OURS, REPRODUCED),
    (number(5.4, spread=0.29), "lower", OURS, BETTER),
    (number(5.01), "lower", NARROW, BETTER),
    (number(5.01, tolerance=0.01), "lower", NARROW, REPRODUCED),
    (number(5.0), "lower", Measurement(2, 5.0, 4.0, 6.0), TOO_FEW),
    (number(5.0), "lower", Measurement(0, np.nan, np.nan, np.nan), NOT_RUN),
]


@pytest.mark.parametrize(("published", "better", "ours", "expected"), CASES)
def test_the_verdict_follows_the_rule(published, better, ours, expected):
    assert verdict(published, better, ours) == expected


def test_readings_that_disagree_make_a_protocol_underspecified():
    assert together([REPRODUCED, REPRODUCED]) == REPRODUCED
    assert together([REPRODUCED, WORSE]) == UNDERSPECIFIED
    assert together([REPRODUCED, NOT_RUN]) == REPRODUCED
    assert together([NOT_RUN]) == NOT_RUN


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=12).filter(lambda values: np.std(values) > 1e-3))
def test_the_interval_is_students_and_the_wider_one_predicts(values):
    ours, scores = mean_of(np.array(values)), np.array(values)
    low, high = stats.t.interval(0.95, len(scores) - 1, scores.mean(), stats.sem(scores))
    assert (ours.low, ours.high) == pytest.approx((low, high))
    half = stats.t.ppf(0.975, len(scores) - 1) * scores.std(ddof=1) * (1 + 1 / len(scores)) ** 0.5
    assert ours.wider(1) == pytest.approx((scores.mean() - half, scores.mean() + half))


def test_a_true_repetition_is_reproduced_in_95_of_100_cases():
    """Published: one run; ours: five of the same distribution."""
    noise = np.random.default_rng(0)
    verdicts = [
        verdict(number(float(noise.normal(5, 0.2))), "lower", mean_of(noise.normal(5, 0.2, size=5)))
        for _ in range(2000)
    ]
    assert verdicts.count(REPRODUCED) / len(verdicts) == pytest.approx(0.95, abs=0.015)
