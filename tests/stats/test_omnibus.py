"""One test for several levels."""

import numpy as np
import pytest

from narrows.stats.contrast import Comparing
from narrows.stats.omnibus import omnibus

LINEAR = Comparing(False, False, 1.0)
DRAW = np.random.default_rng(0)


def test_two_levels_are_welchs_t_test():
    from scipy import stats

    first, second = DRAW.normal(0, 1, 12), DRAW.normal(1, 3, 9)
    result = omnibus({"a": first, "b": second}, LINEAR)
    expected = stats.ttest_ind(first, second, equal_var=False)
    assert result.p == pytest.approx(expected.pvalue)
    assert result.statistic == pytest.approx(expected.statistic**2)


def test_levels_that_differ_are_named():
    scores = {name: mean + DRAW.normal(0, 0.1, 10) for name, mean in {"low": 1, "middle": 2, "high": 3}.items()}
    result = omnibus(scores, LINEAR)
    assert result.p < 1e-6 and (result.lowest, result.highest) == ("low", "high")
    assert result.extremes.difference == pytest.approx(2, abs=0.2)


def test_equal_levels_are_equal_within_the_margin():
    scores = {name: DRAW.normal(0, 0.3, 10) for name in "abc"}
    result = omnibus(scores, LINEAR)
    assert result.p > 0.05 and result.p_equal < 0.05
    assert omnibus(scores, LINEAR._replace(margin=0.01)).p_equal > 0.05


def test_equality_is_seldom_claimed_of_levels_that_are_a_margin_apart():
    claimed = [
        omnibus({name: DRAW.normal(mean, 0.5, 10) for name, mean in {"a": 0, "b": 0.5, "c": 1}.items()}, LINEAR).p_equal
        for _ in range(300)
    ]
    assert np.mean(np.array(claimed) < 0.05) < 0.08


@pytest.mark.parametrize("scores", [[1.0, 2.0], [1.0, 1.0, 1.0]])
def test_too_few_seeds_and_no_spread_are_not_tested(scores):
    result = omnibus({"a": np.array(scores), "b": np.array(scores) + 1}, LINEAR)
    assert np.isnan(result.p)
