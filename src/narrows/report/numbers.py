"""Numbers as a reader meets them: mean ± half of the 95 % interval (n), in one unit through all tables."""

from collections.abc import Iterable
from math import floor, isnan, log10

import numpy as np
from pandas import DataFrame, Series

from narrows.report.layout import Layout, layout_of
from narrows.stats.factors import text
from narrows.stats.grid import MAIN, PCA, Grid, one_pca, where
from narrows.stats.inference import ALPHA, ROUNDING

PARTIAL = "†"
NOTHING = "–"
WIDEST = 6  # columns of a table that still fit a page
LEAST_P = 0.0001  # below it the t distribution's tail is no longer what one knows
UNIT = 1000  # an MSE of digits is a few hundredths
UNIT_TEXT = "× 10⁻³"


def spread(mean: float, half: float, unit: float = 1) -> str:
    """“−12.3 ± 0.4”: the half-width to two digits, the mean to the same place.

    Four digits where there is no spread: one seed, or what is the same for all of them, as PCA is.
    """
    mean, half = mean * unit, half * unit
    if isnan(half) or half <= ROUNDING * abs(mean):
        return minus(f"{mean:#.4g}")
    places = max(0, 1 - floor(log10(half)))
    return minus(f"{mean:.{places}f} ± {half:.{places}f}")


def chance(p: float) -> str:
    """A p value to two digits, or to as many as tell it from the bound: 0.0501 is not 0.05."""
    if isnan(p):
        return NOTHING
    if p < LEAST_P:
        return f"< {LEAST_P:g}"
    texts = (f"{p:.{digits}g}" for digits in range(2, 17))
    return next((text for text in texts if float(text) != ALPHA), f"{p:g}")


def entry(cell: "Series[float]") -> str:
    """One cell of the grid: “12.3 ± 0.4 (5)”, marked where runs are missing."""
    mark = "" if cell["complete"] else PARTIAL
    if not cell["n"]:
        return f"{NOTHING} (0){mark}"
    return f"{spread(cell[f'{MAIN} mean'], cell[f'{MAIN} ci95'], UNIT)} ({int(cell['n'])}){mark}"


def errors(grid: Grid) -> DataFrame:
    """The test error of the whole grid as text: x downwards and a column a line where they fit, else a row a cell."""
    layout = layout_of(grid)
    return _wide(grid, layout) if _fits(layout) else _long(grid)


def arrangement(grid: Grid) -> str:
    """What the columns of `errors` are, empty where the header says it."""
    layout = layout_of(grid)
    return f" Columns: {layout.lines[0].name}." if _fits(layout) and len(layout.lines) == 1 else ""


def _fits(layout: Layout) -> bool:
    return not layout.fixed and layout.x is not None and len(layout.combinations) <= WIDEST


def _wide(grid: Grid, layout: Layout) -> DataFrame:
    assert layout.x is not None
    columns = {}
    for levels in layout.combinations:
        line = where(grid.cells, levels).set_index(layout.x.key)
        column = [entry(line.loc[level]) if level in line.index else NOTHING for level in layout.x.levels]
        columns[layout.label(levels)] = column
    table = DataFrame({layout.x.name: [text(level) for level in layout.x.levels]} | columns)
    if f"{PCA} mean" in grid.cells and one_pca(grid.cells, layout.x.key):
        score = grid.cells.groupby(layout.x.key)[f"{PCA} mean"].mean()
        table["PCA"] = [_pca(score.get(level, np.nan)) for level in layout.x.levels]
    return table


def _long(grid: Grid) -> DataFrame:
    columns = {factor.name: [text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    table = DataFrame(columns, index=grid.cells.index)
    table["test MSE"] = [entry(cell) for _, cell in grid.cells.iterrows()]
    if f"{PCA} mean" in grid.cells:
        table["PCA"] = [_pca(score) for score in grid.cells[f"{PCA} mean"]]
    return table


def _pca(score: float) -> str:
    return NOTHING if isnan(score) else f"{score * UNIT:#.4g}"


def differences(table: DataFrame) -> DataFrame:
    """The comparisons as text."""
    if table.empty:
        return DataFrame()
    level = table["factor"] + " " + table["level"] + " − " + table["baseline"]
    shown = {"comparison": level}
    if table["at"].any():
        shown["at"] = table["at"]
    marks = ["" if complete else PARTIAL for complete in table["complete"]]
    halves = zip(table["difference"], table["ci95"], table["relative"], marks, strict=True)
    shown["difference " + UNIT_TEXT] = [_difference(*row) for row in halves]
    shown["n"] = table["n"].astype(str)
    shown["Hedges' g"] = [minus(effect) for effect in _column(table["effect"], "{:+.2f}")]
    shown["p (Holm)"] = [chance(p) for p in table["holm"]]
    return DataFrame(shown | {"verdict": table["verdict"]})


def _difference(mean: float, half: float, relative: float, mark: str) -> str:
    return NOTHING if isnan(mean) else minus(f"{spread(mean, half, UNIT)} ({relative:+.1%})") + mark


def _column(values: Iterable[float], form: str) -> list[str]:
    return [NOTHING if isnan(value) else form.format(value) for value in values]


def minus(number: str) -> str:
    """With the sign that a number has in print."""
    return number.replace("-", "−")
