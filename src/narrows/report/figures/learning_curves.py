"""Learning curves: the mean loss over seeds at each epoch, with its confidence band."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from narrows.report.figures.axis_scales import epochs, value_axis
from narrows.report.figures.marks import opacity
from narrows.report.figures.panels import Panels
from narrows.report.figures.style import Stroke, strokes
from narrows.report.layout import Levels, fixed_levels, layout_of_figure
from narrows.stats.factors import Factor, few
from narrows.stats.grid import Grid
from narrows.stats.inference import half_width
from narrows.stats.runs_and_cells import scored, where

PANELS = {"train/loss": "training", "val/loss": "validation"}
MOST_CURVES = 16
MARKS = 6  # markers of a curve
BANDS = 1.5  # what the bands may add above and below the curves, as a share of the curves' range

Curves = NDArray[np.float64]  # (runs, epochs)


def line_factor(grid: Grid) -> Factor | None:
    """The factor whose levels are the curves: the first with lines in the figure of errors, else the one on x.

    A factor that the figure of errors takes apart stays whole here: each of its levels is a curve.
    """
    layout = layout_of_figure(grid)[1]
    factor = next(iter(layout.lines), layout.x)
    merged = (whole for whole in grid.factors if factor and factor.key in whole.key.split("+"))
    return next(merged, factor)


def fixed(grid: Grid) -> Levels:
    """The levels at which the other factors are fixed."""
    factor = line_factor(grid)
    return fixed_levels(grid, [factor] if factor else [])


def curves(grid: Grid) -> Figure | None:
    """A panel each for training and validation loss, a curve for each level; None if no run recorded curves."""
    factor = line_factor(grid)
    losses = {name: levels for name in PANELS if (levels := _levels(grid, factor, name))}
    if not losses:
        return None
    panels, styles = Panels([PANELS[name] for name in losses]), _strokes(factor)
    for axes, levels in zip(panels.axes, losses.values(), strict=True):
        for i, values in levels.items():
            _mean_curve(axes, values, styles[i], opacity(len(levels)))
        epochs(axes.xaxis)
    means = np.concatenate([values.mean(0) for levels in losses.values() for values in levels.values()])
    ends = np.concatenate([end for levels in losses.values() for values in levels.values() for end in _band(values)])
    value_axis(panels.axes[0], "y", means, ends, True, BANDS)
    panels.label("epoch", "loss")
    if factor:
        _legend(panels, factor, styles, sorted({i for levels in losses.values() for i in levels}))
    return panels.figure


def _strokes(factor: Factor | None) -> list[Stroke]:
    return strokes([factor], len(factor.levels)) if factor else strokes([], 1)


def _levels(grid: Grid, factor: Factor | None, name: str) -> dict[int, Curves]:
    """The runs' curves called `name` at each level of the factor, by its index; levels without curves are left out."""
    runs = where(scored(grid.runs), fixed(grid))
    if factor is None:
        groups = {0: runs}
    else:
        groups = {i: where(runs, {factor.key: level}) for i, level in enumerate(factor.levels)}
    values = {i: _curves(grid, list(groups[i]["run"]), name) for i in few(list(groups), MOST_CURVES)}
    return {i: level for i, level in values.items() if level is not None}


def _curves(grid: Grid, runs: list[str], name: str) -> Curves | None:
    """The curves `name` of these runs, cut to the shortest: where a run ends, the mean over the others would jump."""
    values = [grid.records[run].curves[name] for run in runs if grid.records[run].curves.get(name)]
    shortest = min(map(len, values), default=0)
    return np.array([curve[:shortest] for curve in values]) if values else None


def _mean_curve(axes: Axes, values: Curves, stroke: Stroke, alpha: float) -> None:
    numbers, mean = np.arange(1, values.shape[1] + 1), values.mean(0)
    every = max(1, len(numbers) // MARKS)
    axes.plot(numbers, mean, color=stroke.colour, marker=stroke.marker, ls=stroke.dash, markevery=every)
    if len(values) > 1:
        axes.fill_between(numbers, *_band(values), color=stroke.colour, alpha=alpha, lw=0)


def _band(values: Curves) -> tuple[Curves, Curves]:
    """The lower and the upper ends of the means' confidence intervals, (epochs,); none for a single run."""
    if len(values) == 1:
        return np.array([]), np.array([])
    mean, half = values.mean(0), half_width(values.std(0, ddof=1), len(values))
    return mean - half, mean + half


def _legend(panels: Panels, factor: Factor, styles: list[Stroke], shown: list[int]) -> None:
    handles = [Line2D([], [], color=styles[i].colour, marker=styles[i].marker, ls=styles[i].dash) for i in shown]
    panels.legend(handles, [factor.text(factor.levels[i]) for i in shown], factor.name)
