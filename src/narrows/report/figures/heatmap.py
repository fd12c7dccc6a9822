"""The grid as a heat map: two factors, the mean test error in each cell."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report.figures.style import MAP, MOST_TICKS, figure, plain
from narrows.report.layout import at_levels, fixed_levels
from narrows.report.numbers import NOTHING, PARTIAL
from narrows.stats.factors import Factor, x_factor
from narrows.stats.grid import Grid, where

EMPTY = "#DDDDDD"


def heatmap(grid: Grid) -> Figure | None:
    """Mean test error over the two factors with most levels; None for fewer than two factors.

    Raises UserError if no run finished in the cells to be drawn.
    """
    if len(grid.factors) < 2:
        return None
    rows, columns = plane(grid)
    fixed = fixed_levels(grid, [rows, columns])
    cells = where(grid.cells, fixed)
    if not cells["n"].any():
        raise UserError(f"no run finished {at_levels(grid, fixed)}")
    drawn = figure(max(4.0, 1.8 + 0.55 * len(columns.levels)), max(2.6, 1.2 + 0.38 * len(rows.levels)))
    axes = drawn.add_subplot()
    values = _array(cells, rows, columns, f"{grid.main.name} mean") * grid.main.factor
    norm = _mesh(drawn, axes, values, grid.main.title)
    if max(values.shape) <= MOST_TICKS:
        _label_cells(axes, values, _array(cells, rows, columns, "complete") == 1, norm)
    _label_axes(axes, rows, columns)
    return drawn


def _label_axes(axes: Axes, rows: Factor, columns: Factor) -> None:
    axes.set_xticks(range(len(columns.levels)), [columns.text(level) for level in columns.levels])
    axes.set_yticks(range(len(rows.levels)), [rows.text(level) for level in rows.levels])
    axes.set(xlabel=columns.label, ylabel=rows.label)


def plane(grid: Grid) -> tuple[Factor, Factor]:
    """The two factors with most levels, for rows and columns. The factor on x in other figures is on x."""
    fewer, more = sorted(grid.factors, key=lambda factor: len(factor.levels))[-2:]
    return (more, fewer) if fewer is x_factor(grid.factors) else (fewer, more)


def _array(cells: DataFrame, rows: Factor, columns: Factor, name: str) -> NDArray[np.float64]:
    """Column `name` of the cells as an array (rows, columns), NaN for a cell that was not planned."""
    table = cells.pivot(index=rows.key, columns=columns.key, values=name)
    whole = table.reindex(index=list(rows.levels), columns=list(columns.levels))
    return np.asarray(whole, dtype=float)


def _mesh(drawn: Figure, axes: Axes, values: NDArray[np.float64], title: str) -> Normalize:
    """The coloured cells with their colour bar; returns the scale, logarithmic above a ratio of 5."""
    low, high = np.nanmin(values), np.nanmax(values)
    logarithmic = 0 < low < high / 5
    norm = LogNorm(low, high) if logarithmic else Normalize(low, high)
    axes.set_facecolor(EMPTY)
    axes.grid(visible=False)
    image = axes.imshow(values, cmap=MAP, norm=norm, aspect="auto")
    bar = drawn.colorbar(image, ax=axes, label=title)
    if logarithmic:
        plain(bar.ax.yaxis)
    return norm


def _label_cells(axes: Axes, values: NDArray[np.float64], complete: NDArray[np.bool_], norm: Normalize) -> None:
    for (row, column), score in np.ndenumerate(values):
        number = NOTHING if np.isnan(score) else f"{score:#.3g}".rstrip(".")
        label = number if complete[row, column] else number + PARTIAL
        shade = "black" if np.isnan(score) or norm(score) > 0.55 else "white"
        axes.text(column, row, label, ha="center", va="center", color=shade)
