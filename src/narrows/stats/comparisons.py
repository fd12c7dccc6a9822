"""Which cells are compared: each level with its factor's baseline, everything else equal, paired by seed."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.stats.factors import SEED, Factor, Value, text
from narrows.stats.grid import MAIN, Grid, scored
from narrows.stats.tests import holm, paired, verdict
from narrows.stats.view import across

COLUMNS = ["factor", "level", "baseline", "at", "complete"]
DIFFERENT = ("lower", "higher")


class Pair(NamedTuple):
    factor: Factor
    level: Value
    at: str
    cell: int
    base: int


def compared(grid: Grid) -> list[Factor]:
    """The factors the study names a baseline for; where it names none, all but a numeric one on x, or that one alone.

    Comparing every bottleneck with the first would spend the correction on what nobody doubts.
    """
    named = [factor for factor in grid.factors if factor.key in grid.study.baseline]
    x = across(grid.factors)
    rest = [factor for factor in grid.factors if factor is not x or not factor.numeric]
    return named or rest or grid.factors


def comparisons(grid: Grid) -> DataFrame:
    """One row for each pair of cells, Holm-corrected over all of them."""
    scores = _scores(grid)
    pairs = list(_pairs(grid))
    complete = grid.cells["complete"]
    rows = [_row(pair, bool(complete[pair.cell] and complete[pair.base])) for pair in pairs]
    tests = DataFrame([paired(scores[pair.cell], scores[pair.base]) for pair in pairs])
    if not pairs:
        return DataFrame(columns=[*COLUMNS, "n", "difference", "verdict"])
    table = DataFrame(rows, columns=COLUMNS).join(tests)
    table["holm"] = holm(table["p"].to_numpy())
    table["verdict"] = [verdict(*row) for row in table[["n", "difference", "holm"]].itertuples(index=False)]
    return table


def _row(pair: Pair, complete: bool) -> tuple[str, str, str, str, bool]:
    return pair.factor.name, text(pair.level), text(pair.factor.baseline), pair.at, complete


def _scores(grid: Grid) -> NDArray[np.float64]:
    """(cells, seeds), NaN where a run does not count."""
    table = scored(grid.runs).pivot(index="cell", columns=SEED, values=MAIN)
    scores: NDArray[np.float64] = table.reindex(grid.cells.index).to_numpy(dtype=float)
    return scores


def _pairs(grid: Grid) -> Iterator[Pair]:
    keys = [factor.key for factor in grid.factors]
    cells = {tuple(levels): i for i, levels in enumerate(grid.cells[keys].itertuples(index=False))}
    for factor in compared(grid):
        place = keys.index(factor.key)
        for levels, cell in cells.items():
            base = cells.get((*levels[:place], factor.baseline, *levels[place + 1 :]))
            if levels[place] != factor.baseline and base is not None:
                yield Pair(factor, levels[place], _at(grid, levels, factor), cell, base)


def _at(grid: Grid, levels: tuple[Value, ...], factor: Factor) -> str:
    others = zip(grid.factors, levels, strict=True)
    return ", ".join(other.at(level) for other, level in others if other is not factor)
