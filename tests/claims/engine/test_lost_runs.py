"""Shares of lost runs."""

import pytest
from pandas import DataFrame
from scipy.stats import chi2_contingency

from narrows.claims.engine.lost_runs import LOST, factor_tests, in_words


@pytest.mark.parametrize(
    ("count", "n", "words"),
    [(0, 3, "0 of 3 (0 to 0.56)"), (1, 3, "1 of 3 (0.06 to 0.79)"), (9, 9, "9 of 9 (0.7 to 1)")],
)
def test_a_share_of_few_runs_has_wilsons_interval(count, n, words):
    assert in_words(count, n) == words


def runs(lost: dict[tuple[str, str], int], n: int = 10) -> DataFrame:
    """`n` runs of each initialisation and norm, of which so many are lost."""
    rows = [(init, norm, float(i < count)) for (init, norm), count in lost.items() for i in range(n)]
    return DataFrame(rows, columns=["init", "norm", LOST])


def test_the_factor_that_loses_runs_is_found_although_one_level_loses_all():
    table = runs({("a", "none"): 10, ("b", "none"): 10, ("a", "batch"): 0, ("b", "batch"): 1})
    tested = factor_tests(table, ["init", "norm"]).set_index("factor")
    assert tested.loc["norm", "holm"] < 1e-6 and tested.loc["init", "holm"] > 0.05


def test_two_levels_without_other_factors_are_the_likelihood_ratio_test():
    table = runs({("a", "x"): 2, ("b", "x"): 7})[["init", LOST]]
    expected = chi2_contingency([[2, 8], [7, 3]], correction=False, lambda_="log-likelihood")
    tested = factor_tests(table, ["init"]).iloc[0]
    assert tested["chi2"] == pytest.approx(expected.statistic, rel=1e-4)
    assert tested["p"] == pytest.approx(expected.pvalue, rel=1e-4)


@pytest.mark.parametrize("count", [0, 10])
def test_without_lost_or_other_runs_nothing_is_tested(count):
    assert factor_tests(runs({("a", "x"): count, ("b", "x"): count}), ["init"])["p"].isna().all()
