"""The marks of a figure: seeds as dots, means with intervals, circles around cells with missing runs."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from pandas import DataFrame

GOLDEN = 0.618034  # multiples of it, modulo 1, are spread evenly for any number of them
BAND = 0.18  # opacity
MANY = 6  # lines

Numbers = NDArray[np.float64]


def spread(runs: DataFrame) -> Numbers:
    """For each run a place in −1 to 1 that depends on nothing but its number within its cell."""
    numbers = runs.groupby("cell").cumcount().to_numpy()
    return np.asarray(2 * ((numbers * GOLDEN + 0.5) % 1) - 1, dtype=float)


def seeds(axes: Axes, x: Numbers, y: Numbers, colour: str, per_cell: float, **options: object) -> None:
    """A dot for each run, more transparent the more runs a cell has; none for single runs, which are their own mean."""
    if per_cell <= 1:
        return
    alpha = min(0.6, max(0.25, 5 / max(per_cell, 1)))
    size = 0.6 * mpl.rcParams["lines.markersize"]
    axes.plot(x, y, ls="", marker="o", ms=size, mew=0, color=colour, alpha=alpha, zorder=1.9, **options)  # type: ignore[arg-type]


def opacity(lines: int) -> float:
    """The opacity of each of these many bands: many of them must not cover the lines."""
    return BAND if lines <= MANY else BAND / 2


def band(axes: Axes, x: Numbers, low: Numbers, high: Numbers, colour: str, alpha: float = BAND) -> None:
    """The intervals of a line's means, from `low` to `high`; a bar for a single one, where a band has no width."""
    if len(x) > 1 and np.isfinite(low).any():
        axes.fill_between(x, low, high, color=colour, alpha=alpha, lw=0)
    elif np.isfinite(low).any():
        axes.vlines(x, low, high, color=colour)


def bar(mean: Numbers, low: Numbers, high: Numbers) -> Numbers:
    """The lengths (2, n) of the two halves of error bars; 0 where there is no interval."""
    return np.asarray(np.nan_to_num([mean - low, high - mean]), dtype=float)


def circles(axes: Axes, x: Numbers, y: Numbers, cells: DataFrame, colour: str) -> None:
    """Circles around the means of cells with missing runs."""
    partial = ~cells["complete"].to_numpy(dtype=bool)
    if partial.any():
        size = 2.4 * mpl.rcParams["lines.markersize"]
        axes.plot(x[partial], y[partial], ls="", marker="o", ms=size, mfc="none", mec=colour)
