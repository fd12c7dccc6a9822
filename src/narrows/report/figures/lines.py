"""The test error against the bottleneck, or whichever factor is on x: means and intervals over seeds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report.figures.style import (
    GREY,
    HEIGHT,
    WIDTH,
    Stroke,
    figure,
    loss_axis,
    numeric_axis,
    side_by_side,
    strokes,
)
from narrows.report.layout import Layout, at_levels, layout_of
from narrows.stats.factors import Factor, Value
from narrows.stats.grid import Grid, one_reference, where


def error(grid: Grid) -> Figure:
    """Mean test error with 95 % intervals, a line for each combination of the factors not on x, and PCA.

    Raises UserError if none of the runs to be drawn finished.
    """
    layout = layout_of(grid)
    cells = where(grid.cells, layout.fixed)
    if not cells["n"].any():
        raise UserError(f"no run finished {at_levels(grid, layout.fixed)}")
    drawn = figure(WIDTH + (1.4 if len(layout.combinations) > 6 else 0), HEIGHT)
    axes = drawn.add_subplot()
    (_lines if layout.x and layout.x.numeric else _dots)(axes, grid, cells, layout)
    means = cells[[grid.mean, *([_reference(grid)] if grid.reference else [])]].to_numpy(dtype=float)
    loss_axis(axes, np.nanmin(means), np.nanmax(means))
    axes.set_ylabel(grid.main.title)
    axes.set_xlabel(layout.x.label if layout.x else "all runs of the study")
    _legend(axes, layout, reference=grid.main.reference_label if grid.reference else "")
    return drawn


def _lines(axes: Axes, grid: Grid, cells: DataFrame, layout: Layout) -> None:
    assert layout.x is not None
    for levels, (colour, marker, dash) in _strokes(layout):
        line = where(cells, levels).dropna(subset=[grid.mean])
        x, mean, half = line[layout.x.key].to_numpy(float), line[grid.mean].to_numpy(), line[grid.half].to_numpy()
        axes.plot(x, mean, color=colour, marker=marker, ls=dash, label=layout.label(levels))
        axes.fill_between(x, mean - half, mean + half, color=colour, alpha=0.18, lw=0)
        _circle(axes, grid, x, line, colour)
    for colour, line in _references(grid, cells, layout):
        axes.plot(line[layout.x.key].to_numpy(float), line[_reference(grid)], color=colour, ls="--", zorder=1)
    numeric_axis(axes.xaxis, layout.x, axes)


def _dots(axes: Axes, grid: Grid, cells: DataFrame, layout: Layout) -> None:
    """Means with intervals, side by side and not joined: the levels on x are not numbers."""
    names = [layout.x.text(level) for level in layout.x.levels] if layout.x else [""]
    lines = _strokes(layout)
    for i, (levels, (colour, marker, _)) in enumerate(lines):
        line = where(cells, levels).dropna(subset=[grid.mean])
        x = _places(line, layout.x) + side_by_side(i, len(lines))
        bars, label = line[grid.half].fillna(0), layout.label(levels)
        axes.errorbar(x, line[grid.mean], bars, color=colour, marker=marker, ls="", capsize=2, label=label)
        _circle(axes, grid, x, line, colour)
    for colour, line in _references(grid, cells, layout):
        place = _places(line, layout.x)
        axes.hlines(line[_reference(grid)], place - 0.45, place + 0.45, color=colour, ls="--", zorder=1)
    axes.set_xticks(range(len(names)), names, rotation=30 if len(names) > 6 else 0)
    axes.set_xlim(-0.6, len(names) - 0.4)


def _circle(axes: Axes, grid: Grid, x: NDArray[np.float64], line: DataFrame, colour: str) -> None:
    """Circle the cells with runs missing."""
    partial = ~line["complete"].to_numpy(dtype=bool)
    axes.plot(x[partial], line[grid.mean].to_numpy()[partial], ls="", marker="o", ms=10, mfc="none", mec=colour)


def _reference(grid: Grid) -> str:
    return f"{grid.reference} mean"


def _places(line: DataFrame, x: Factor | None) -> NDArray[np.float64]:
    return np.array([x.levels.index(level) if x else 0 for level in line[x.key if x else "n"]], dtype=float)


def _strokes(layout: Layout) -> list[tuple[dict[str, Value], Stroke]]:
    """The levels of each line, with its colour, marker and dash."""
    combinations = layout.combinations
    return list(zip(combinations, strokes(layout.lines, len(combinations)), strict=True))


def _references(grid: Grid, cells: DataFrame, layout: Layout) -> list[tuple[str, DataFrame]]:
    """Colour and cells of PCA's line: one grey line if it is the same for all lines, else one in the colour of each."""
    if not grid.reference:
        return []
    known = cells.dropna(subset=[_reference(grid)])
    x = layout.x.key if layout.x else None
    if one_reference(known, grid.reference, x):
        return [(GREY, known.drop_duplicates(x))]
    return [(stroke.colour, where(known, levels)) for levels, stroke in _strokes(layout)]


def _legend(axes: Axes, layout: Layout, reference: str) -> None:
    """Beside the axes, so that it hides no line."""
    handles, labels = axes.get_legend_handles_labels()
    if reference:
        handles, labels = [*handles, Line2D([], [], color=GREY, ls="--")], [*labels, reference]
    if len(handles) > 1:
        title = layout.lines[0].name if len(layout.lines) == 1 else None
        axes.legend(handles, labels, loc="center left", bbox_to_anchor=(1, 0.5), title=title)
