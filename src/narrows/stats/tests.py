"""Intervals over seeds and paired comparisons: SciPy and statsmodels do the statistics, this file lays out the data."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

CONFIDENCE = 0.95
ALPHA = 0.05
FEWEST = 3  # common seeds below which nothing is called a difference
ROUNDING = 1e-12  # of the mean: differences that vary less are equal but for the last digit

NO_DIFFERENCE = "no difference shown"
NO_SPREAD = "no spread over seeds, not tested"


class Paired(NamedTuple):
    """Level minus baseline over the seeds that both have. `effect` is Hedges' g of paired differences."""

    n: int
    difference: float
    ci95: float
    relative: float
    effect: float
    p: float


def half_width(sd: ArrayLike, n: ArrayLike) -> Any:  # noqa: ANN401 - the type of what comes in
    """Half of the 95 % confidence interval of a mean (Student t), NaN below two values."""
    count = np.asarray(n, dtype=float)
    enough = np.where(count > 1, count, np.nan)
    return sd * stats.t.ppf((1 + CONFIDENCE) / 2, enough - 1) / np.sqrt(enough)


def paired(level: NDArray[np.float64], baseline: NDArray[np.float64]) -> Paired:
    """Compare two rows of scores, seed by seed; NaN marks a seed that is not there.

    effect = mean / sd of the differences × (1 − 3 / (4 (n − 1) − 1)), Hedges 1981.
    """
    common = ~(np.isnan(level) | np.isnan(baseline))
    a, b = level[common], baseline[common]
    n = len(a)
    if n == 0:
        return Paired(0, np.nan, np.nan, np.nan, np.nan, np.nan)
    mean, sd = float(np.mean(a - b)), float(np.std(a - b, ddof=1)) if n > 1 else np.nan
    relative = mean / float(np.mean(b)) if np.mean(b) else np.nan
    if n < FEWEST or sd <= ROUNDING * np.abs(b).max():
        return Paired(n, mean, float(half_width(sd, n)), relative, np.nan, np.nan)
    effect = mean / sd * (1 - 3 / (4 * (n - 1) - 1))
    return Paired(n, mean, float(half_width(sd, n)), relative, effect, float(stats.ttest_rel(a, b).pvalue))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's correction over the tests that were made; NaN, a test not made, stays NaN and is not counted."""
    corrected = np.full(len(p), np.nan)
    made = ~np.isnan(p)
    if made.any():
        corrected[made] = multipletests(p[made], alpha=ALPHA, method="holm")[1]
    return corrected


def verdict(n: int, difference: float, corrected: float) -> str:
    """What may be said of one comparison."""
    if n < FEWEST:
        return f"too few seeds (n = {n})"
    if np.isnan(corrected):
        return NO_DIFFERENCE if difference == 0 else NO_SPREAD
    if corrected >= ALPHA:
        return NO_DIFFERENCE
    return "lower" if difference < 0 else "higher"
