"""How narrow the code may be: the narrowest one that is not shown to be worse than the best by more than a margin."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series
from scipy import stats

from narrows.stats.comparisons import comparing, scores
from narrows.stats.contrast import Comparing, Contrast, contrast
from narrows.stats.factors import Factor, Value
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, FEWEST, holm
from narrows.stats.runs_and_cells import where


class Narrowest(NamedTuple):
    """The answer for one combination of the other factors, as levels of the width; None if none can be named.

    `best` has the best mean; the others are the narrowest levels down to which no level is shown to be worse than it by
    more than the margin (`not_worse`: one-sided tests, Holm), every level is shown not to be (`equal`: one-sided tests
    from wide to narrow, which need no correction), and every mean lies within one standard error of the best one
    (`one_error`: Breiman et al. 1984, section 3.4.3). `n` is the least number of seeds of a level.
    """

    at: dict[str, Value]
    best: Value
    not_worse: Value | None
    equal: Value | None
    one_error: Value
    n: int


def narrowest(grid: Grid, width: Factor, at: dict[str, Value]) -> Narrowest | None:
    """The answer for the levels of `width` at these levels of the other factors; None if no run of them finished."""
    cells = where(grid.cells, at).dropna(subset=[grid.mean])
    if cells.empty:
        return None
    sign = -1 if grid.main.better == "higher" else 1
    best = int((sign * cells[grid.mean]).idxmin())
    widest: Value = cells.loc[best, width.key].item()
    narrower = cells[cells[width.key] < widest].sort_values(width.key, ascending=False)
    tests, levels = _tests(grid, list(narrower.index), best, sign), narrower[width.key].tolist()
    shown_worse, within = holm(tests["worse"].to_numpy(float)) < ALPHA, tests["within"] < ALPHA
    tested = not tests["worse"].isna().any()
    return Narrowest(
        at=at,
        best=widest,
        not_worse=_last(widest, levels, ~shown_worse) if tested else None,
        equal=_last(widest, levels, within) if tested and comparing(grid).margin else None,
        one_error=_last(widest, levels, _near(grid, narrower, cells.loc[best], sign)),
        n=int(cells["n"].min()),
    )


def _tests(grid: Grid, narrower: Sequence[int], best: int, sign: int) -> DataFrame:
    """p of “worse by more than the margin” and of “worse by less than it”, a row for each narrower level."""
    table, how = scores(grid), comparing(grid)
    rows = [_one_sided(contrast(table[cell], table[best], how), how, sign) for cell in narrower]
    return DataFrame(rows, columns=["worse", "within"], dtype=float)


def _one_sided(result: Contrast, how: Comparing, sign: int) -> tuple[float, float]:
    if min(result.n, result.n_baseline) < FEWEST or not result.error > 0:
        return np.nan, np.nan
    beyond = (sign * how.unscaled(result.difference) - how.limit) / result.error
    return float(stats.t.sf(beyond, result.df)), float(stats.t.cdf(beyond, result.df))


def _near(grid: Grid, narrower: DataFrame, best: "Series[float]", sign: int) -> NDArray[np.bool_]:
    """Which means are at most one standard error of the best one's mean worse; none for one seed."""
    error = best[f"{grid.main.name} sd"] / max(1, best["n"]) ** 0.5
    near: NDArray[np.bool_] = (sign * (narrower[grid.mean] - best[grid.mean]) <= error).to_numpy()
    return near


def _last(best: Value, narrower: Sequence[Value], passed: Iterable[bool]) -> Value:
    """The last level, from the best one towards narrower ones, before the first that did not pass."""
    return [best, *(level for level, _ in takewhile(lambda pair: pair[1], zip(narrower, passed, strict=True)))][-1]
