"""Learning curves: the mean over seeds of each epoch's loss, with its interval."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from narrows.report.figures.style import HEIGHT, WIDTH, Stroke, figure, loss_axis, strokes
from narrows.report.layout import fixed_levels, layout_of
from narrows.stats.factors import Factor, Value, few, text
from narrows.stats.grid import Grid, scored, where
from narrows.stats.inference import half_width

PANELS = {"train/loss": "training", "val/loss": "validation"}
MOST_CURVES = 12


def chosen(grid: Grid) -> Factor | None:
    """The factor whose levels are the curves: the first line of the grid's picture, else what runs along x."""
    layout = layout_of(grid)
    return next(iter(layout.lines), layout.x)


def fixed(grid: Grid) -> dict[str, Value]:
    """The levels at which the other factors are held."""
    factor = chosen(grid)
    return fixed_levels(grid, [factor] if factor else [])


def curves(grid: Grid) -> Figure | None:
    """A panel each for training and validation loss, a curve for each level; None where no run has curves."""
    factor = chosen(grid)
    stacks = {name: _stacks(grid, factor, name) for name in PANELS}
    panels = {name: stack for name, stack in stacks.items() if stack}
    if not panels:
        return None
    drawn = figure(WIDTH if len(panels) > 1 else WIDTH * 0.7, HEIGHT * 0.8)
    room = np.ravel(drawn.subplots(1, len(panels), sharey=True))
    for axes, (name, stack) in zip(room, panels.items(), strict=True):
        _panel(axes, stack, factor)
        axes.set_title(PANELS[name], fontsize="medium")
    means = np.concatenate([line.get_ydata() for axes in room for line in axes.lines])
    loss_axis(room[0], means.min(), means.max())
    room[0].set_ylabel("loss (the objective, mean over images)")
    if factor:
        drawn.legend(*room[0].get_legend_handles_labels(), loc="outside right center", title=factor.name)
    return drawn


def _stacks(grid: Grid, factor: Factor | None, name: str) -> dict[int, NDArray[np.float64]]:
    """By the level's place among the factor's, (runs, epochs) of curve `name`; levels without a run are left out."""
    runs = where(scored(grid.runs), fixed(grid))
    levels = list(enumerate(factor.levels)) if factor else [(0, None)]
    groups = {i: where(runs, {factor.key: level}) if factor and level is not None else runs for i, level in levels}
    found = {i: _stack(grid, list(groups[i]["run"]), name) for i in few(list(groups), MOST_CURVES)}
    return {i: stack for i, stack in found.items() if stack is not None}


def _stack(grid: Grid, runs: list[str], name: str) -> NDArray[np.float64] | None:
    """(runs, epochs), as many epochs as every run has: a mean over survivors would fall for no reason."""
    found = [grid.records[run].curves[name] for run in runs if grid.records[run].curves.get(name)]
    shortest = min(map(len, found), default=0)
    return np.array([curve[:shortest] for curve in found]) if found else None


def _panel(axes: Axes, stacks: dict[int, NDArray[np.float64]], factor: Factor | None) -> None:
    styles = strokes([factor], len(factor.levels)) if factor else strokes([], 1)
    for i, stack in stacks.items():
        _curve(axes, stack, styles[i], text(factor.levels[i]) if factor else "")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _curve(axes: Axes, stack: NDArray[np.float64], stroke: Stroke, label: str) -> None:
    epochs, mean = np.arange(1, stack.shape[1] + 1), stack.mean(0)
    every = max(1, len(epochs) // 6)
    axes.plot(epochs, mean, color=stroke.colour, marker=stroke.marker, ls=stroke.dash, label=label, markevery=every)
    if len(stack) > 1:
        half = half_width(stack.std(0, ddof=1), len(stack))
        axes.fill_between(epochs, mean - half, mean + half, color=stroke.colour, alpha=0.18, lw=0)
