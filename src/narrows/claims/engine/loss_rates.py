"""Shares of runs that were lost: their intervals and differences, where means and t tests say nothing."""

from itertools import product
from math import nan

from pandas import DataFrame
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint

from narrows.claims.engine.measure import DIFFERENCES
from narrows.stats.inference import with_verdicts

#: The column that is 1 for a lost run and 0 for another.
LOST = "lost"
RUNS = "lost runs (95 % interval)"


def wilson(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, which is wide for few runs and has no equal halves."""
    low, high = proportion_confint(count, n, method="wilson")
    return min(max(0.0, float(low)), count / n), max(min(1.0, float(high)), count / n)  # rounding aside


def in_words(count: int, n: int) -> str:
    """“0 of 3 (0 to 0.56)”."""
    low, high = (round(end, 2) for end in wilson(count, n))
    return f"{count} of {n} ({low:g} to {high:g})"


def fisher(table: DataFrame, by: str, factor: str, baseline: str) -> DataFrame:
    """Lost runs of each level of `factor` minus the baseline's at each level of `by`, all else taken together."""
    rows = []
    for place, level in product(table[by].unique(), table[factor].unique()):
        if level != baseline:
            at = table[table[by] == place]
            lost = [at[at[factor] == one][LOST] for one in (level, baseline)]
            p = fisher_exact([[part.sum(), len(part) - part.sum()] for part in lost]).pvalue
            words = [in_words(int(part.sum()), len(part)) for part in lost]
            apart = float(lost[0].mean() - lost[1].mean())
            rows.append((place, level, *words, min(map(len, lost)), apart, nan, nan, nan, float(p)))
    return with_verdicts(DataFrame(rows, columns=[by, factor, RUNS, f"with {baseline}", *DIFFERENCES[:-2]]))
