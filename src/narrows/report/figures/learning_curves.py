"""Learning curves: the mean loss over seeds at each epoch, with its confidence band."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from narrows.report.figures.style import HEIGHT, WIDTH, Stroke, figure, loss_axis, strokes
from narrows.report.layout import fixed_levels, layout_of
from narrows.stats.factors import Factor, Value, few
from narrows.stats.grid import Grid, scored, where
from narrows.stats.inference import half_width

PANELS = {"train/loss": "training", "val/loss": "validation"}
MOST_CURVES = 12

Curves = NDArray[np.float64]  # (runs, epochs)


def line_factor(grid: Grid) -> Factor | None:
    """The factor whose levels are the curves: the first with lines in the figure of errors, else the one on x."""
    layout = layout_of(grid)
    return next(iter(layout.lines), layout.x)


def fixed(grid: Grid) -> dict[str, Value]:
    """The levels at which the other factors are fixed."""
    factor = line_factor(grid)
    return fixed_levels(grid, [factor] if factor else [])


def curves(grid: Grid) -> Figure | None:
    """A panel each for training and validation loss, a curve for each level; None if no run recorded curves."""
    factor = line_factor(grid)
    panels = {name: levels for name in PANELS if (levels := _levels(grid, factor, name))}
    if not panels:
        return None
    drawn = figure(WIDTH if len(panels) > 1 else WIDTH * 0.7, HEIGHT * 0.8)
    all_axes = np.ravel(drawn.subplots(1, len(panels), sharey=True))
    for axes, (name, levels) in zip(all_axes, panels.items(), strict=True):
        _panel(axes, levels, factor)
        axes.set_title(PANELS[name], fontsize="medium")
    means = np.concatenate([line.get_ydata() for axes in all_axes for line in axes.lines])
    loss_axis(all_axes[0], means.min(), means.max())
    all_axes[0].set_ylabel("loss (the objective, mean over images)")
    if factor:
        drawn.legend(*all_axes[0].get_legend_handles_labels(), loc="outside right center", title=factor.name)
    return drawn


def _levels(grid: Grid, factor: Factor | None, name: str) -> dict[int, Curves]:
    """The runs' curves called `name` at each level of the factor, by its index; levels without curves are left out."""
    runs = where(scored(grid.runs), fixed(grid))
    if factor is None:
        groups = {0: runs}
    else:
        groups = {i: where(runs, {factor.key: level}) for i, level in enumerate(factor.levels)}
    curves = {i: _curves(grid, list(groups[i]["run"]), name) for i in few(list(groups), MOST_CURVES)}
    return {i: values for i, values in curves.items() if values is not None}


def _curves(grid: Grid, runs: list[str], name: str) -> Curves | None:
    """The curves `name` of these runs, cut to the shortest: where a run ends, the mean over the others would jump."""
    curves = [grid.records[run].curves[name] for run in runs if grid.records[run].curves.get(name)]
    shortest = min(map(len, curves), default=0)
    return np.array([curve[:shortest] for curve in curves]) if curves else None


def _panel(axes: Axes, levels: dict[int, Curves], factor: Factor | None) -> None:
    styles = strokes([factor], len(factor.levels)) if factor else strokes([], 1)
    for i, curves in levels.items():
        _mean_curve(axes, curves, styles[i], factor.text(factor.levels[i]) if factor else "")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _mean_curve(axes: Axes, curves: Curves, stroke: Stroke, label: str) -> None:
    epochs, mean = np.arange(1, curves.shape[1] + 1), curves.mean(0)
    every = max(1, len(epochs) // 6)
    axes.plot(epochs, mean, color=stroke.colour, marker=stroke.marker, ls=stroke.dash, label=label, markevery=every)
    if len(curves) > 1:
        half = half_width(curves.std(0, ddof=1), len(curves))
        axes.fill_between(epochs, mean - half, mean + half, color=stroke.colour, alpha=0.18, lw=0)
