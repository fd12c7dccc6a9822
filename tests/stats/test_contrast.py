"""Contrasts of two levels against SciPy and statsmodels, on tables whose answers are known."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower
from statsmodels.stats.weightstats import ttost_ind

from narrows.stats.contrast import Comparing, contrast, detectable, pairing_helps

LINEAR = Comparing(logarithms=False, paired=False, margin=0.5)
RANDOM = np.random.default_rng(0)
A, B = RANDOM.normal(3, 1, 7), RANDOM.normal(2, 3, 12)


def test_welch_is_scipys():
    result, expected = contrast(A, B, LINEAR), stats.ttest_ind(A, B, equal_var=False)
    assert (result.n, result.n_baseline) == (7, 12)
    assert result.p == pytest.approx(expected.pvalue)
    assert (result.low, result.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_the_paired_test_is_scipys_over_common_seeds():
    b = np.append(B[:6], np.nan)
    result = contrast(A, b, LINEAR._replace(paired=True))
    expected = stats.ttest_rel(A[:6], B[:6])
    assert (result.n, result.n_baseline) == (6, 6)
    assert result.p == pytest.approx(expected.pvalue)
    assert (result.low, result.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


@pytest.mark.parametrize("margin", [0.5, 3.0])
def test_equality_is_statsmodels_two_one_sided_tests(margin):
    expected, *_ = ttost_ind(A, B, -margin, margin, usevar="unequal")
    assert contrast(A, B, LINEAR._replace(margin=margin)).p_equal == pytest.approx(expected)


def test_on_logarithms_a_difference_is_a_share_of_the_baseline():
    how = Comparing(logarithms=True, paired=False, margin=0.05)
    a, b = np.array([0.9, 0.9 * 1.01, 0.9 / 1.01]), np.array([1.0, 1.01, 1 / 1.01])
    result = contrast(a, b, how)
    assert result.difference == pytest.approx(-0.1)
    assert -0.13 < result.low < -0.1 < result.high < -0.07
    assert contrast(a / 1000, b / 1000, how) == pytest.approx(result)  # no matter in which unit
    assert contrast(1.0001 * b, b, how).p_equal < 0.05


@pytest.mark.filterwarnings("error")
def test_too_few_seeds_and_equal_ones_are_not_tested():
    for a, b in (
        (np.array([1.0]), np.array([2.0])),
        (np.array([1.0, 2.0]), np.array([2.0, 4.0])),
        (np.ones(3), 2 * np.ones(3)),
        (np.full(3, np.nan), np.ones(3)),
    ):
        assert np.isnan(contrast(a, b, LINEAR).p)


def test_pairing_helps_only_where_seeds_share_something():
    shared, own = RANDOM.normal(0, 1, 10), RANDOM.normal(0, 0.3, (4, 10))
    assert pairing_helps(shared + own)
    assert not pairing_helps(own)
    assert not pairing_helps(own[:, :2])
    assert not pairing_helps(np.where(np.arange(10) == RANDOM.integers(0, 10, (4, 1)), np.nan, 0.0))


@pytest.mark.parametrize(("levels", "seeds"), [(2, 3), (2, 5), (3, 5), (6, 3)])
def test_without_a_share_pairing_is_chosen_as_rarely_as_the_level_says(levels, seeds):
    random = np.random.default_rng(1)
    deviations = np.geomspace(0.2, 5, levels)[:, None]
    helps = [pairing_helps(random.normal(0, deviations, (levels, seeds))) for _ in range(2000)]
    assert 0.035 < np.mean(helps) < 0.065


@pytest.mark.parametrize(
    ("n", "tests", "expected"), [(3, 1, 3.3), (3, 4, 6.6), (5, 1, 1.7), (5, 12, 3.3), (10, 4, 1.3), (20, 12, 0.9)]
)
def test_detectable_differences_of_a_paired_test(n, tests, expected):
    """In deviations of the differences: as G*Power gives them."""
    assert detectable(n**-0.5, n - 1, tests) == pytest.approx(expected, abs=0.06)
    size = detectable(n**-0.5, n - 1, tests)
    assert TTestPower().power(size, n, 0.05 / tests, alternative="two-sided") == pytest.approx(0.8, abs=0.001)


def test_detectable_differences_of_two_samples():
    size = detectable((2 / 8) ** 0.5, 14, 3)
    assert TTestIndPower().power(size, 8, 0.05 / 3) == pytest.approx(0.8, abs=0.001)
    assert np.isnan(detectable(0.0, 4, 1))
