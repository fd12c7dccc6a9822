"""The two tables of the main metric as text: the test error of each cell, and the differences between cells."""

from math import isnan

import numpy as np
from pandas import DataFrame, Series

from narrows.report.layout import Layout, layout_of
from narrows.report.numbers import NOTHING, PARTIAL, WIDEST, minus, p_value, spread
from narrows.stats.grid import Grid, one_reference, where


def errors(grid: Grid) -> DataFrame:
    """The test error of every cell: a row for each level on x and a column for each line if they fit a page.

    Otherwise a row for each cell.
    """
    layout = layout_of(grid)
    return _wide(grid, layout) if _fits(layout) else _long(grid)


def arrangement(grid: Grid) -> str:
    """A sentence that names the factor whose levels are the columns of `errors`; empty if the header names it."""
    layout = layout_of(grid)
    return f" Columns: {layout.lines[0].name}." if _fits(layout) and len(layout.lines) == 1 else ""


def differences(table: DataFrame) -> DataFrame:
    """The rows of `stats.comparisons` as text."""
    if table.empty:
        return DataFrame()
    columns = {"comparison": table["factor"] + " " + table["level"] + " − " + table["baseline"]}
    if table["at"].any():
        columns["at"] = table["at"]
    marks = ["" if complete else PARTIAL for complete in table["complete"]]
    sizes = zip(table["difference"], table["low"], table["high"], marks, strict=True)
    columns["difference"] = [_difference(*size) for size in sizes]
    columns["n"] = table["n"].astype(str)
    columns["Hedges' g"] = [NOTHING if isnan(effect) else minus(f"{effect:+.2f}") for effect in table["effect"]]
    columns["p (Holm)"] = [p_value(p) for p in table["holm"]]
    return DataFrame(columns | {"verdict": table["verdict"]})


def _fits(layout: Layout) -> bool:
    return not layout.fixed and layout.x is not None and len(layout.combinations) <= WIDEST


def _wide(grid: Grid, layout: Layout) -> DataFrame:
    assert layout.x is not None
    columns = {layout.x.name: [layout.x.text(level) for level in layout.x.levels]}
    for levels in layout.combinations:
        line = where(grid.cells, levels).set_index(layout.x.key)
        column = [_error(grid, line.loc[level]) if level in line.index else NOTHING for level in layout.x.levels]
        columns[layout.label(levels)] = column
    if grid.reference and one_reference(grid.cells, grid.reference, layout.x.key):
        score = grid.cells.groupby(layout.x.key)[f"{grid.reference} mean"].mean()
        columns[grid.main.reference_label] = [_reference(grid, score.get(level, np.nan)) for level in layout.x.levels]
    return DataFrame(columns)


def _long(grid: Grid) -> DataFrame:
    columns = {factor.name: [factor.text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    columns[grid.main.label] = [_error(grid, cell) for _, cell in grid.cells.iterrows()]
    if grid.reference:
        columns[grid.main.reference_label] = [_reference(grid, score) for score in grid.cells[f"{grid.reference} mean"]]
    return DataFrame(columns, index=grid.cells.index)


def _error(grid: Grid, cell: "Series[float]") -> str:
    """“12.3 ± 0.4 (5)”, marked if runs of the cell are missing."""
    name, mark = grid.main.name, "" if cell["complete"] else PARTIAL
    if not cell["n"]:
        return f"{NOTHING} (0){mark}"
    return f"{spread(cell[f'{name} mean'], cell[f'{name} ci95'], grid.main.factor)} ({int(cell['n'])}){mark}"


def _reference(grid: Grid, score: float) -> str:
    return NOTHING if isnan(score) else f"{score * grid.main.factor:#.4g}"


def _difference(difference: float, low: float, high: float, mark: str) -> str:
    return NOTHING if isnan(difference) else minus(f"{difference:+.1%} [{low:+.1%}, {high:+.1%}]") + mark
