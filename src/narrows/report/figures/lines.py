"""The test error against the bottleneck, or whichever factor is on x: means and intervals over seeds."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report.figures.style import GREY, HEIGHT, WIDTH, Stroke, figure, loss_axis, numeric_axis, strokes
from narrows.report.layout import Layout, at_levels, layout_of
from narrows.stats.factors import Factor, Value, text
from narrows.stats.grid import MAIN, PCA, Grid, one_pca, where

MEAN, HALF, PCA_MEAN = f"{MAIN} mean", f"{MAIN} ci95", f"{PCA} mean"


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
    (_lines if layout.x and layout.x.numeric else _dots)(axes, cells, layout)
    means = cells[[column for column in (MEAN, PCA_MEAN) if column in cells]].to_numpy(dtype=float)
    loss_axis(axes, np.nanmin(means), np.nanmax(means))
    axes.set_ylabel(f"test MSE ({grid.unit})")
    axes.set_xlabel(layout.x.label if layout.x else "all runs of the study")
    _legend(axes, layout, pca=bool(_pca(cells, layout)))
    return drawn


def _lines(axes: Axes, cells: DataFrame, layout: Layout) -> None:
    assert layout.x is not None
    for levels, (colour, marker, dash) in _strokes(layout):
        line = where(cells, levels).dropna(subset=[MEAN])
        x, mean, half = line[layout.x.key].to_numpy(float), line[MEAN].to_numpy(), line[HALF].to_numpy()
        axes.plot(x, mean, color=colour, marker=marker, ls=dash, label=layout.label(levels))
        axes.fill_between(x, mean - half, mean + half, color=colour, alpha=0.18, lw=0)
        _circle(axes, x, line, colour)
    for colour, line in _pca(cells, layout):
        axes.plot(line[layout.x.key].to_numpy(float), line[PCA_MEAN], color=colour, ls="--", zorder=1)
    numeric_axis(axes.xaxis, layout.x, axes)


def _dots(axes: Axes, cells: DataFrame, layout: Layout) -> None:
    """Means with intervals, side by side and not joined: the levels on x are not numbers."""
    names = [text(level) for level in layout.x.levels] if layout.x else [""]
    lines = _strokes(layout)
    for i, (levels, (colour, marker, _)) in enumerate(lines):
        line = where(cells, levels).dropna(subset=[MEAN])
        x = _places(line, layout.x) + (i - (len(lines) - 1) / 2) * min(0.15, 0.7 / len(lines))
        bars, label = line[HALF].fillna(0), layout.label(levels)
        axes.errorbar(x, line[MEAN], bars, color=colour, marker=marker, ls="", capsize=2, label=label)
        _circle(axes, x, line, colour)
    for colour, line in _pca(cells, layout):
        place = _places(line, layout.x)
        axes.hlines(line[PCA_MEAN], place - 0.45, place + 0.45, color=colour, ls="--", zorder=1)
    axes.set_xticks(range(len(names)), names, rotation=30 if len(names) > 6 else 0)
    axes.set_xlim(-0.6, len(names) - 0.4)


def _circle(axes: Axes, x: NDArray[np.float64], line: DataFrame, colour: str) -> None:
    """Circle the cells with runs missing."""
    partial = ~line["complete"].to_numpy(dtype=bool)
    axes.plot(x[partial], line[MEAN].to_numpy()[partial], ls="", marker="o", ms=10, mfc="none", mec=colour)


def _places(line: DataFrame, x: Factor | None) -> NDArray[np.float64]:
    return np.array([x.levels.index(level) if x else 0 for level in line[x.key if x else "n"]], dtype=float)


def _strokes(layout: Layout) -> list[tuple[dict[str, Value], Stroke]]:
    """The levels of each line, with its colour, marker and dash."""
    combinations = layout.combinations
    return list(zip(combinations, strokes(layout.lines, len(combinations)), strict=True))


def _pca(cells: DataFrame, layout: Layout) -> list[tuple[str, DataFrame]]:
    """Colour and cells of PCA's line: one grey line if it is the same for all lines, else one in the colour of each."""
    if PCA_MEAN not in cells:
        return []
    known = cells.dropna(subset=[PCA_MEAN])
    x = layout.x.key if layout.x else None
    if one_pca(known, x):
        return [(GREY, known.drop_duplicates(x))]
    return [(stroke.colour, where(known, levels)) for levels, stroke in _strokes(layout)]


def _legend(axes: Axes, layout: Layout, pca: bool) -> None:
    """Beside the axes, so that it hides no line."""
    handles, labels = axes.get_legend_handles_labels()
    if pca:
        handles, labels = [*handles, Line2D([], [], color=GREY, ls="--")], [*labels, "PCA"]
    if len(handles) > 1:
        title = layout.lines[0].name if len(layout.lines) == 1 else None
        axes.legend(handles, labels, loc="center left", bbox_to_anchor=(1, 0.5), title=title)
