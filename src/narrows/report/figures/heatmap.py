"""The grid as heat maps: two factors, the mean of the main quantity in each cell, a panel for each level of a third."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report.figures.axis_scales import is_logarithmic, log_ticks, points
from narrows.report.figures.drawing import printed
from narrows.report.figures.fitting import INCH, length, wrapped
from narrows.report.figures.names import LONGEST, name_levels
from narrows.report.figures.panels import Panels
from narrows.report.figures.style import MAP, number
from narrows.report.layout import MOST_PANELS, Layout, at_levels, fixed_levels
from narrows.report.numbers import NOTHING, PARTIAL
from narrows.stats.factors import Factor, x_factor
from narrows.stats.grid import Grid
from narrows.stats.runs_and_cells import where

EMPTY = "#DDDDDD"
DARK = 0.5  # brightness of a colour, below which its text is white
CHARACTERS = 6  # of a cell's number
FRAME = 14  # characters: the colour bar, its labels and the label of the rows

Values = NDArray[np.float64]


def heatmap(grid: Grid) -> Figure | None:
    """Means over the two factors with most levels, darker where they are better; None for fewer than two factors.

    Raises UserError if no run finished in the cells to be drawn.
    """
    if len(grid.factors) < 2:
        return None
    rows, columns = plane(grid)
    layout = map_layout(grid)
    cells = where(printed(grid).cells, layout.fixed)
    if not cells["n"].any():
        raise UserError(f"no run finished {at_levels(grid, layout.fixed)}")
    panels = Panels(list(layout.panels), CHARACTERS * len(columns.levels), FRAME + _left(rows))
    _set_height(panels, rows)
    norm = _norm(cells[grid.mean].dropna().to_numpy(dtype=float), grid.main.scale == "log")
    for axes, levels in zip(panels.axes, layout.panels.values(), strict=True):
        _map(axes, where(cells, levels), rows, columns, grid, norm, panels.inches / len(columns.levels))
    _label(panels, rows, columns)
    _colour_bar(panels, grid.main.title, norm)
    return panels.figure


def plane(grid: Grid) -> tuple[Factor, Factor]:
    """The two factors with most levels, for rows and columns. The factor on x in other figures is on x."""
    fewer, more = sorted(grid.factors, key=lambda factor: len(factor.levels))[-2:]
    return (more, fewer) if fewer is x_factor(grid.factors) else (fewer, more)


def map_layout(grid: Grid) -> Layout:
    """The panels of the heat map, and the levels at which the other factors are fixed."""
    shown = list(plane(grid))
    others = [factor for factor in grid.factors if factor not in shown and len(factor.levels) <= MOST_PANELS]
    panel = others[0] if others else None
    return Layout(None, [], fixed_levels(grid, [*shown, *([panel] if panel else [])]), panel)


def _left(rows: Factor) -> int:
    """The characters of the longest line of a row's name."""
    return max(map(len, "\n".join(_names(rows)).split("\n")))


def _names(rows: Factor) -> list[str]:
    return [wrapped(number(rows.text(level)), LONGEST * length("0")) for level in rows.levels]


def _set_height(panels: Panels, rows: Factor) -> None:
    """Rows as high as two lines of text, so that the map is no higher than its numbers need."""
    line = points() / INCH
    lines = panels.rows
    each = max((2.4 * len(rows.levels) + 3) * line, 14 * line / lines)
    panels.figure.set_figheight(lines * each + 4 * line)


def _norm(means: Values, logarithmic: bool) -> Normalize:
    low, high = float(means.min()), float(means.max())
    return LogNorm(low, high) if logarithmic and is_logarithmic(means) else Normalize(low, high)


def _map(
    axes: Axes, cells: DataFrame, rows: Factor, columns: Factor, grid: Grid, norm: Normalize, inches: float
) -> None:
    """The coloured cells of a panel, each `inches` wide, with their numbers if these fit."""
    values = _array(cells, rows, columns, grid.mean)
    axes.set_facecolor(EMPTY)
    axes.grid(visible=False)
    image = axes.imshow(values, cmap=_colours(grid), norm=norm, aspect="auto")
    if inches >= length("0" * CHARACTERS):
        complete = _array(cells, rows, columns, "complete") == 1
        for (row, column), value in np.ndenumerate(values):
            mean = NOTHING if np.isnan(value) else number(f"{value:#.3g}".rstrip("."))
            text = mean if complete[row, column] else mean + PARTIAL
            dark = not np.isnan(value) and np.dot(image.cmap(norm(value))[:3], (0.3, 0.59, 0.11)) < DARK
            axes.text(column, row, text, ha="center", va="center", color="white" if dark else "black")


def _colours(grid: Grid) -> str:
    """Dark is better; without a direction dark is low."""
    return f"{MAP}_r" if grid.main.better == "higher" else MAP


def _array(cells: DataFrame, rows: Factor, columns: Factor, name: str) -> Values:
    """Column `name` of the cells as an array (rows, columns), NaN for a cell that was not planned."""
    table = cells.pivot(index=rows.key, columns=columns.key, values=name)
    whole = table.reindex(index=list(rows.levels), columns=list(columns.levels))
    return np.asarray(whole, dtype=float)


def _label(panels: Panels, rows: Factor, columns: Factor) -> None:
    panels.grow(name_levels(panels.axes, columns, panels.inches))
    panels.axes[0].set_yticks(range(len(rows.levels)), _names(rows))
    panels.label(columns.label, rows.label)


def _colour_bar(panels: Panels, title: str, norm: Normalize) -> None:
    height = 0.8 * panels.figure.get_figheight()
    bar = panels.figure.colorbar(panels.axes[0].images[0], ax=panels.axes, label=wrapped(title, height))
    if isinstance(norm, LogNorm):
        low, high = bar.ax.get_ylim()
        log_ticks(bar.ax.yaxis, low, high)
