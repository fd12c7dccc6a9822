"""Does any of several levels differ? One test for all of them, without a baseline."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from statsmodels.stats.oneway import anova_oneway

from narrows.stats.contrast import Comparing, Contrast, Scores, contrast
from narrows.stats.inference import FEWEST, ROUNDING


class Omnibus(NamedTuple):
    """Welch's analysis of variance (1951) over levels, on the scale of the test.

    `n` is the least number of seeds of a level. `lowest` and `highest` name the levels with the extreme means and
    `extremes` compares the highest with the lowest one; its interval is not corrected for their selection. `p_equal`
    is that of equality of all levels within the margin, the largest one of all pairs (an intersection-union test, which
    needs no correction: Berger & Hsu 1996). p values are NaN for too few seeds and without spread over seeds.
    """

    n: int
    levels: int
    statistic: float
    p: float
    p_equal: float
    lowest: str
    highest: str
    extremes: Contrast


def omnibus(scores: Mapping[str, Scores], how: Comparing) -> Omnibus:
    """Test the levels `scores`, by name, which are independent: pairing in `how` is ignored."""
    how = how._replace(paired=False)
    values = {name: how.scaled(level[~np.isnan(level)]) for name, level in scores.items()}
    means = {name: float(level.mean()) for name, level in values.items() if len(level)}
    lowest, highest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    n = min(map(len, values.values()))
    statistic, p = _welch(list(values.values())) if n >= FEWEST else (np.nan, np.nan)
    pairs = [contrast(scores[a], scores[b], how).p_equal for a, b in combinations(scores, 2)]
    p_equal = np.nan if np.isnan(pairs).any() else max(pairs)
    extremes = contrast(scores[highest], scores[lowest], how)
    return Omnibus(n, len(scores), statistic, p, float(p_equal), lowest, highest, extremes)


def _welch(values: Sequence[Scores]) -> tuple[float, float]:
    """The F statistic and p; NaN if a level varies by rounding only, for which Welch's weights are infinite."""
    if any(float(level.std()) <= ROUNDING * float(np.abs(level).max()) for level in values):
        return np.nan, np.nan
    result = anova_oneway(values, use_var="unequal")
    return float(result.statistic), float(result.pvalue)
