"""The figures of a search: its values in the order of the trials and at each searched key, and the keys' importance."""

from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from narrows.report.figures.axis_scales import factor_axis, interval_axis, value_axis
from narrows.report.figures.fitting import length, wrapped
from narrows.report.figures.names import name_levels
from narrows.report.figures.panels import Panels
from narrows.report.figures.reconstructions import reconstructed
from narrows.report.figures.style import COLOURS, figure
from narrows.stats.factors import Factor
from narrows.stats.trials import RECORD, Trials, importances

TRIAL, BEST = COLOURS[:2]
NARROWEST = 1.9  # inches of a panel
BAR = 0.28  # inches of a bar with its gap


def history(trials: Trials) -> Figure:
    """The value of each trial and the best so far, in the order of the trials."""
    panels, table = Panels([""]), trials.table
    axes, records = panels.axes[0], table[table[RECORD]]
    axes.plot(table["number"], table["value"], ls="", marker="o", color=TRIAL)
    axes.step(
        [*table["number"], trials.planned - 1], [*table["best"], table["best"].iloc[-1]], where="post", color=BEST
    )
    axes.plot(records["number"], records["value"], ls="", marker="D", color=BEST)
    _value_axis(axes, trials)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    panels.label("trial", trials.grid.main.title)
    handles = [Line2D([], [], ls="", marker="o", color=TRIAL), Line2D([], [], marker="D", color=BEST)]
    panels.legend(handles, ["trial", "best so far"])
    return panels.figure


def slices(trials: Trials) -> Figure | None:
    """A panel for each searched key with the value of each trial at its level; None if no key varies."""
    factors = trials.grid.factors
    if not factors:
        return None
    width, row = (float(side) for side in figure().get_size_inches())
    columns = min(len(factors), max(1, int(width / NARROWEST)))
    rows = ceil(len(factors) / columns)
    drawn = figure(width, 0.8 * row * rows)
    all_axes = list(np.ravel(drawn.subplots(rows, columns, sharey=True, squeeze=False)))
    inches = width / columns - 4 * length("0")
    higher = [_slice(axes, trials, factor, inches) for axes, factor in zip(all_axes, factors, strict=False)]
    drawn.set_figheight(drawn.get_figheight() + rows * max(higher))
    for axes in all_axes[len(factors) :]:
        axes.remove()
    drawn.supylabel(wrapped(trials.grid.main.title, 0.85 * drawn.get_figheight()))
    return drawn


def importance(trials: Trials) -> Figure:
    """A bar for each searched key, the most important one on top. Raises UserError where `importances` does."""
    shares = importances(trials)
    names = {factor.key: factor.name for factor in trials.grid.factors}
    drawn = figure(height=BAR * len(shares) + 5 * length("0"))
    axes = drawn.subplots()
    labels = [wrapped(names[key], drawn.get_figwidth() / 3) for key in shares]
    bars = axes.barh(labels, list(shares.values()), 0.6, color=TRIAL)
    axes.bar_label(bars, [f"{100 * share:.0f} %" for share in shares.values()], padding=3)
    axes.set(xlim=(0, 1.08 * max(shares.values())), xlabel="share of the importance")
    axes.xaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return drawn


def best_images(trials: Trials) -> Figure:
    """Test images and their reconstructions by the best trial. Raises UserError if they cannot be read."""
    run = str(trials.best["run"])
    return reconstructed(trials.grid, {f"trial {run}": run})


def _slice(axes: Axes, trials: Trials, factor: Factor, inches: float) -> float:
    """Draw the values at the levels of a factor; returns the inches that the names of its levels need beyond a line."""
    levels, values = trials.table[factor.key], trials.table["value"]
    x = levels.to_numpy(dtype=float) if factor.numeric else np.array([factor.levels.index(level) for level in levels])
    axes.plot(x, values, ls="", marker="o", color=TRIAL, alpha=0.6, mew=0)
    best = trials.table.index[trials.table["number"] == trials.best["number"]]
    axes.plot(x[best], values[best], ls="", marker="D", color=BEST)
    _value_axis(axes, trials)
    axes.set_xlabel(wrapped(factor.label, inches))
    if factor.key in trials.intervals and factor.numeric:
        interval_axis(axes, factor)
        return 0.0
    if factor.numeric:
        factor_axis(axes, factor, inches)
        return 0.0
    axes.set_xlim(-0.6, len(factor.levels) - 0.4)
    return name_levels([axes], factor, inches)


def _value_axis(axes: Axes, trials: Trials) -> None:
    values = trials.table["value"].to_numpy(dtype=float)
    value_axis(axes, "y", values, np.array([]), trials.grid.main.scale == "log")
