"""Shares of lost runs with Wilson's interval, and which factors change them: t tests do not suit such shares."""

import warnings
from collections.abc import Sequence

import pandas as pd
from pandas import DataFrame, Series
from scipy.stats import chi2
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.proportion import proportion_confint
from statsmodels.tools.sm_exceptions import DomainWarning, PerfectSeparationWarning

from narrows.stats.inference import holm

#: The column that is 1 for a lost run and 0 for another.
LOST = "lost"
RUNS = "lost runs (95 % interval)"


def wilson(count: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval for the share count / n."""
    low, high = proportion_confint(count, n, method="wilson")
    return min(max(0.0, float(low)), count / n), max(min(1.0, float(high)), count / n)  # in spite of rounding


def in_words(count: int, n: int) -> str:
    """“0 of 3 (0 to 0.56)”."""
    low, high = (round(end, 2) for end in wilson(count, n))
    return f"{count} of {n} ({low:g} to {high:g})"


def factor_tests(table: DataFrame, factors: Sequence[str]) -> DataFrame:
    """Does each factor change the odds of losing a run, the others being equal? A row for each.

    Likelihood-ratio tests in a logistic model of all factors without interactions, Holm-corrected. The ratio stays
    finite where a level loses all of its runs or none, although the coefficient does not. NaN if no run is lost or all
    are.
    """
    whole = _deviance(table, factors)
    rows = []
    for factor in factors:
        ratio = _deviance(table, [other for other in factors if other != factor]) - whole
        df = table[factor].nunique() - 1
        p = float(chi2.sf(max(ratio, 0.0), df)) if 0 < table[LOST].sum() < len(table) and df else float("nan")
        rows.append((factor, len(table), int(table[LOST].sum()), max(ratio, 0.0), df, p))
    tested = DataFrame(rows, columns=["factor", "runs", LOST, "chi2", "df", "p"])
    return tested.assign(holm=holm(tested["p"].to_numpy(float)))


def _deviance(table: DataFrame, factors: Sequence[str]) -> float:
    """−2 times the log likelihood of the logistic model of these factors, up to a constant."""
    columns = [pd.get_dummies(table[factor].astype(str), prefix=factor, drop_first=True) for factor in factors]
    constant: Series[float] = Series(1.0, index=table.index, name="constant")
    design = pd.concat([constant, *columns], axis=1).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        warnings.simplefilter("ignore", DomainWarning)
        return float(GLM(table[LOST].astype(float), design, family=Binomial()).fit(disp=False).deviance)
