"""Two levels compared: Welch's or the paired t test, equivalence within a margin, and the power of the comparison.

Quantities that are compared by their ratio, such as errors, are compared on logarithms.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from narrows.stats.inference import ALPHA, CONFIDENCE, FEWEST, ROUNDING

Scores = NDArray[np.float64]  # (seeds,), NaN for a run that is missing or failed

POWER = 0.8  # of a difference that a comparison “would have shown”


class Contrast(NamedTuple):
    """A level against its baseline.

    `n` and `n_baseline` count the seeds of each, or the seeds that both have for the paired test. `difference` and the
    ends of its 95 % interval, `low` and `high`, are shares of the baseline (ratio of geometric means − 1) on
    logarithms, else differences of means. `effect` is Hedges' g, `p` the two-sided p value. `p_equal` is that of
    equality within the margin: the larger one of two one-sided tests (Schuirmann 1987). NaN where n is too small.
    `error` and `df`, the standard error and its degrees of freedom, are on the scale of the test.
    """

    n: int
    n_baseline: int
    difference: float
    low: float
    high: float
    effect: float
    p: float
    p_equal: float
    error: float
    df: float


class Comparing(NamedTuple):
    """How levels are compared: on logarithms or not, paired by seed or not, and equal within which margin (0: none).

    The margin is a share of the baseline on logarithms, else in recorded units.
    """

    logarithms: bool
    paired: bool
    margin: float

    @property
    def test(self) -> str:
        """The name of the test."""
        return "paired t test" if self.paired else "Welch's t test"

    @property
    def the_test(self) -> str:
        """The name of the test within a sentence."""
        return f"the {self.test}" if self.paired else self.test

    def scaled(self, scores: Scores) -> Scores:
        """The scores on the scale of the test."""
        return np.log(scores) if self.logarithms else scores

    def shown(self, difference: float) -> float:
        """A difference on the scale of the test as it is reported."""
        return float(np.expm1(difference)) if self.logarithms else difference

    def unscaled(self, shown: float) -> float:
        """A reported difference on the scale of the test."""
        return float(np.log1p(shown)) if self.logarithms else shown

    @property
    def limit(self) -> float:
        """The margin on the scale of the test."""
        return float(np.log1p(self.margin)) if self.logarithms else self.margin


def contrast(level: Scores, baseline: Scores, how: Comparing) -> Contrast:
    """Compare the scores of two levels. Scores must be positive on logarithms."""
    a, b = how.scaled(level), how.scaled(baseline)
    if how.paired:
        common = ~(np.isnan(a) | np.isnan(b))
        a, b = a[common], b[common]
    else:
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if min(len(a), len(b)) == 0:
        return Contrast(len(a), len(b), *[np.nan] * 8)
    difference = float(a.mean() - b.mean())
    if min(len(a), len(b)) < 2:
        return Contrast(len(a), len(b), how.shown(difference), *[np.nan] * 7)
    error, df, deviation = (_paired_error if how.paired else _welch_error)(a, b)
    half = error * stats.t.ppf((1 + CONFIDENCE) / 2, df)
    ends = how.shown(difference - half), how.shown(difference + half)
    effect, p, p_equal = _tests(difference, error, df, deviation, how, min(len(a), len(b)), float(np.abs(b).max()))
    return Contrast(len(a), len(b), how.shown(difference), *ends, effect, p, p_equal, error, df)


def _tests(
    difference: float, error: float, df: float, deviation: float, how: Comparing, n: int, size: float
) -> tuple[float, float, float]:
    """Hedges' g, p and p of equality; NaN for too few seeds, and for scores that vary by rounding only."""
    if n < FEWEST or deviation <= ROUNDING * size:
        return np.nan, np.nan, np.nan
    effect = difference / deviation * (1 - 3 / (4 * df - 1))  # Hedges 1981
    p = 2 * stats.t.sf(abs(difference) / error, df)
    return effect, float(p), _equality(difference, error, df, how.limit)


def _equality(difference: float, error: float, df: float, limit: float) -> float:
    """p of the two one-sided tests against a difference of `limit` or more in either direction."""
    return float(stats.t.sf((limit - abs(difference)) / error, df)) if limit else np.nan


def _paired_error(a: Scores, b: Scores) -> tuple[float, float, float]:
    """Standard error of the mean difference, its degrees of freedom, and the deviation of the differences."""
    deviation = float(np.std(a - b, ddof=1))
    return deviation / len(a) ** 0.5, len(a) - 1, deviation


def _welch_error(a: Scores, b: Scores) -> tuple[float, float, float]:
    """Standard error, degrees of freedom (Welch 1947), and the root of the mean of the two variances."""
    variances = float(np.var(a, ddof=1)), float(np.var(b, ddof=1))
    parts = variances[0] / len(a), variances[1] / len(b)
    deviation = (sum(variances) / 2) ** 0.5
    if not sum(parts):
        return 0.0, len(a) + len(b) - 2, 0.0
    df = sum(parts) ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
    return sum(parts) ** 0.5, df, deviation


def pairing_helps(scores: NDArray[np.float64]) -> bool:
    """True if the seeds explain a part of the spread within levels: scores (levels, seeds), on the scale of the test.

    An F test of the seeds' means in the two-way table of the seeds that all levels have, each level standardised. Its
    degrees of freedom are those of Kendall's W (Kendall & Babington Smith 1939), whose rows have a fixed spread too:
    exact for two levels. Seeds of different arms often share nothing but a number, and pairing then costs power.
    """
    whole = scores[:, ~np.isnan(scores).any(0)]
    levels, seeds = whole.shape
    deviations = whole.std(1, ddof=1, keepdims=True) if seeds > 1 else np.zeros((levels, 1))
    if levels < 2 or seeds < FEWEST or not (deviations > 0).all():
        return False
    standard = (whole - whole.mean(1, keepdims=True)) / deviations
    between = levels * np.square(standard.mean(0)).sum() / (seeds - 1)
    within = np.square(standard - standard.mean(0)).sum() / ((levels - 1) * (seeds - 1))
    if not within:
        return True
    df = seeds - 1 - 2 / levels
    return bool(stats.f.sf(between / within, df, (levels - 1) * df) < ALPHA)


def detectable(error: float, df: float, tests: int) -> float:
    """The difference, on the scale of the test, that is shown with a power of 80 % by one of `tests` comparisons.

    At the significance level of Holm's first step, by the noncentral t distribution.
    """
    if not (error > 0 and df > 0):
        return np.nan
    critical = float(stats.t.isf(ALPHA / tests / 2, df))
    shortfall: Callable[[float], float] = lambda size: float(stats.nct.sf(critical, df, size)) - POWER  # noqa: E731
    return error * float(optimize.brentq(shortfall, 0, 4 * critical + 10))
