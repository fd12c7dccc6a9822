"""Shares of lost runs, with Wilson's interval and Fisher's exact test: t tests do not suit shares of few runs."""

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
    """Wilson's 95 % interval for the share count / n."""
    low, high = proportion_confint(count, n, method="wilson")
    return min(max(0.0, float(low)), count / n), max(min(1.0, float(high)), count / n)  # in spite of rounding


def in_words(count: int, n: int) -> str:
    """“0 of 3 (0 to 0.56)”."""
    low, high = (round(end, 2) for end in wilson(count, n))
    return f"{count} of {n} ({low:g} to {high:g})"


def fisher(table: DataFrame, by: str, factor: str, baseline: str) -> DataFrame:
    """The share of lost runs with each level of `factor` minus the baseline's, for each level of `by`.

    Runs that differ in other factors are pooled; Fisher's exact test, Holm-corrected over all rows.
    """
    levels = [level for level in table[factor].unique() if level != baseline]
    rows = [
        (place, level, *_compared(table[table[by] == place], factor, level, baseline))
        for place, level in product(table[by].unique(), levels)
    ]
    return with_verdicts(DataFrame(rows, columns=[by, factor, RUNS, f"with {baseline}", *DIFFERENCES[:-2]]))


def _compared(table: DataFrame, factor: str, level: str, baseline: str) -> tuple[str | float, ...]:
    """The lost runs of both in words, then the columns of a difference from `n` to `p`."""
    lost = [table[table[factor] == name][LOST] for name in (level, baseline)]
    p = fisher_exact([[part.sum(), len(part) - part.sum()] for part in lost]).pvalue
    words = [in_words(int(part.sum()), len(part)) for part in lost]
    return *words, min(map(len, lost)), float(lost[0].mean() - lost[1].mean()), nan, nan, float(p)
