"""The best of several cells, with those that are not shown to be worse: what a table prints bold."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from narrows.config.quantities import Quantity
from narrows.stats.comparisons import comparing, scores
from narrows.stats.contrast import contrast
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, FEWEST, holm


def best_of(grid: Grid, cells: Sequence[int], quantity: Quantity) -> list[int]:
    """The cell with the best mean of a quantity, then those not shown to be worse: one-sided tests, corrected.

    The tests compare with a cell that was selected as the best: Holm's correction for each of the cells that it could
    have been, and Bonferroni's over these. With Holm's alone, 14 % of studies would call one of six equal cells worse.

    Empty for a quantity without a direction, for fewer than two cells, and if the best has too few seeds for a test. A
    cell with too few seeds is not among them.
    """
    mean = grid.cells[f"{quantity.name} mean"]
    finished = [cell for cell in cells if not np.isnan(mean[cell])]
    if not quantity.better or len(finished) < 2:
        return []
    sign = -1 if quantity.better == "higher" else 1
    means = sign * mean[finished]
    best = int(means.idxmin())
    table, how = scores(grid, quantity), comparing(grid, quantity)
    seeds = (~np.isnan(table)).sum(1)
    if seeds[best] < FEWEST:
        return []
    others = [cell for cell in finished if cell != best and seeds[cell] >= FEWEST]
    results = [contrast(table[cell], table[best], how) for cell in others]
    p = [_worse(sign * how.unscaled(result.difference), result.error, result.df) for result in results]
    tested = holm(np.array(p, dtype=float)) * len(finished)
    return [best, *(cell for cell, corrected in zip(others, tested, strict=True) if corrected >= ALPHA)]


def _worse(difference: float, error: float, df: float) -> float:
    """The one-sided p value of a difference; scores without spread over seeds differ exactly or not at all."""
    return float(stats.t.sf(difference / error, df)) if error else float(difference == 0)
