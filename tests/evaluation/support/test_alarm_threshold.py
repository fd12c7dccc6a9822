"""The threshold at a rate of false alarms, and the interval of the rate."""

import numpy as np
import pytest

from narrows.errors import UserError
from narrows.evaluation.support.alarm_threshold import Alarms, alarms, refuse_rate, threshold_at


def test_the_share_of_scores_above_the_threshold_is_the_rate():
    scores = np.random.default_rng(0).exponential(size=1000)
    assert alarms(scores, threshold_at(scores, 0.03)) == Alarms(30, 1000)


@pytest.mark.parametrize(("count", "rate"), [(40, 0.01), (40, 0.1), (200, 0.02)])
def test_the_interval_holds_the_rate_among_new_rows_in_95_of_100_cases(count, rate):
    """Of uniform scores the rate among new rows is one minus the threshold."""
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        threshold = threshold_at(scores := generator.uniform(size=count), rate)
        low, high = alarms(scores, threshold).interval
        held += low <= 1 - threshold <= high
    assert held / 400 >= 0.95 - 3 * (0.05 * 0.95 / 400) ** 0.5


def test_alarms_are_written_with_their_interval():
    assert str(Alarms(3, 200)) == "3 of 200 (1.5 %, 95 % interval 0.31 to 4.3 %)"


@pytest.mark.parametrize("rate", [0, -0.1, 0.6, 1, float("nan")])
def test_a_rate_that_leaves_no_threshold_is_refused(rate):
    with pytest.raises(UserError, match=r"^false_alarms=\S+: must be above 0 and at most 0.5$"):
        refuse_rate("false_alarms", rate)
