"""Comparisons of cells: each level with its factor's baseline, all other factors equal, paired by seed."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.stats.factors import SEED, Factor, Value, x_factor
from narrows.stats.grid import Grid, scored
from narrows.stats.inference import Paired, paired, with_verdicts

KEYS = ["factor", "level", "baseline", "at", "complete"]
DIFFERENT = ("lower", "higher")


class Pair(NamedTuple):
    """Two cells, by their indices in `Grid.cells`, that differ in one factor; `at` names the levels of the others."""

    factor: Factor
    level: Value
    at: str
    cell: int
    base: int


def compared(grid: Grid) -> list[Factor]:
    """The factors whose levels are compared with a baseline.

    Those for which the study names a baseline; without one, all factors except a numeric one on the x axis, unless it
    is the only one: comparing every bottleneck with the first would add tests to Holm's correction for the others.
    """
    named = [factor for factor in grid.factors if grid.study.baseline.keys() & factor.key.split("+")]
    x = x_factor(grid.factors)
    others = [factor for factor in grid.factors if factor is not x or not factor.numeric]
    return named or others or grid.factors


def comparisons(grid: Grid) -> DataFrame:
    """One row for each pair of cells, Holm-corrected over all rows."""
    scores, complete = _scores(grid), grid.cells["complete"]
    rows = [
        (
            *(pair.factor.name, pair.factor.text(pair.level), pair.factor.text(pair.factor.baseline), pair.at),
            bool(complete[pair.cell] and complete[pair.base]),
            *paired(scores[pair.cell], scores[pair.base]),
        )
        for pair in _pairs(grid)
    ]
    if not rows:
        return DataFrame(columns=[*KEYS, "n", "difference", "verdict"])
    return with_verdicts(DataFrame(rows, columns=[*KEYS, *Paired._fields]))


def _scores(grid: Grid) -> NDArray[np.float64]:
    """(cells, seeds), NaN for a run that is missing or failed."""
    table = scored(grid.runs).pivot(index="cell", columns=SEED, values=grid.main.name)
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
