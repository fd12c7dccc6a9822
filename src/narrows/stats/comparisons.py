"""Comparisons of cells: each level with its factor's baseline, all other factors equal."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame, Series

from narrows.config.quantities import Quantity
from narrows.stats.contrast import Comparing, Contrast, contrast, detectable, pairing_helps
from narrows.stats.factors import SEED, Factor, Value, x_factor
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, FEWEST, NO_DIFFERENCE, NO_SPREAD, holm
from narrows.stats.runs_and_cells import scored

KEYS = ["factor", "level", "baseline", "at", "complete"]
DIFFERENT = ("lower", "higher")
EQUAL = "equal within the margin"


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


def comparing(grid: Grid, quantity: Quantity | None = None) -> Comparing:
    """How a quantity of this grid is compared, by default the main one. A study's margin is that of the main one."""
    row = quantity or grid.main
    table = scores(grid, row)
    logarithms = row.scale == "log" and bool((table[~np.isnan(table)] > 0).all())
    margin = (grid.study.margin if row.name == grid.main.name else None) or row.margin
    if logarithms != (row.scale == "log"):
        margin = 0.0  # a share of a baseline that may be 0
    elif not logarithms:
        margin /= row.factor
    return Comparing(logarithms, pairing_helps(np.log(table) if logarithms else table), margin)


def comparisons(grid: Grid) -> DataFrame:
    """One row for each pair of cells: `KEYS`, the fields of `Contrast`, and these.

    `holm` and `holm_equal` are p and p_equal after Holm's correction over all rows, `detectable` the difference that
    would have been shown with a power of 80 %, and `verdict` the conclusion.
    """
    table, complete, how = scores(grid), grid.cells["complete"], comparing(grid)
    rows = [
        (
            *(pair.factor.name, pair.factor.text(pair.level), pair.factor.text(pair.factor.baseline), pair.at),
            bool(complete[pair.cell] and complete[pair.base]),
            *contrast(table[pair.cell], table[pair.base], how),
        )
        for pair in _pairs(grid)
    ]
    return concluded(DataFrame(rows, columns=[*KEYS, *Contrast._fields]), how)


def concluded(table: DataFrame, how: Comparing) -> DataFrame:
    """`table` with the columns that depend on all of its rows, without those for the computation only."""
    tests = max(1, int(table["p"].notna().sum()))
    table["detectable"] = [
        how.shown(detectable(error, df, tests)) for error, df in zip(table["error"], table["df"], strict=True)
    ]
    table["holm"], table["holm_equal"] = holm(table["p"].to_numpy(float)), holm(table["p_equal"].to_numpy(float))
    table["verdict"] = [verdict(row) for _, row in table.iterrows()]
    return table.drop(columns=["error", "df"])


def verdict(row: "Series[Any]") -> str:
    """The conclusion from a row of `comparisons`: lower, higher, equal within the margin, or why it is none of them.

    A difference that is shown is told even if it is smaller than the margin.
    """
    n = min(row["n"], row["n_baseline"])
    if n < FEWEST:
        return f"too few seeds (n = {n})"
    if np.isnan(row["holm"]):
        return NO_DIFFERENCE if row["difference"] == 0 else NO_SPREAD
    if row["holm"] < ALPHA:
        return "lower" if row["difference"] < 0 else "higher"
    return EQUAL if row["holm_equal"] < ALPHA else NO_DIFFERENCE


def scores(grid: Grid, quantity: Quantity | None = None) -> NDArray[np.float64]:
    """A quantity, by default the main one: (cells, seeds), NaN for a run that is missing or failed."""
    table = scored(grid.runs).pivot(index="cell", columns=SEED, values=(quantity or grid.main).name)
    values: NDArray[np.float64] = table.reindex(grid.cells.index).to_numpy(dtype=float)
    return values


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
