"""The figures of the claims: means with intervals, as lines over numbers or as dots over names."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from narrows.report.figures.style import COLOURS, MARKERS, side_by_side
from narrows.stats.factors import text


def lines(axes: Axes, table: DataFrame, x: str, line: str | None = None) -> None:
    """Means over the numeric key `x`, a line with a 95 % band for each level of the key `line`."""
    parts = table.groupby(line, sort=False) if line else [("", table)]
    for (level, part), colour, marker in zip(parts, cycle(COLOURS), cycle(MARKERS), strict=False):
        part = part.sort_values(x)
        at, mean, half = (part[name].to_numpy(float) for name in (x, "mean", "ci95"))
        axes.plot(at, mean, color=colour, marker=marker, label=text(level))
        axes.fill_between(at, mean - half, mean + half, color=colour, alpha=0.18, lw=0)


def dots(axes: Axes, table: DataFrame, x: str, line: str | None = None) -> None:
    """Means over the names in the key `x` with 95 % bars, side by side for the levels of the key `line`."""
    ends = {"low": table["mean"] - table["ci95"], "high": table["mean"] + table["ci95"]}
    asymmetric_dots(axes, table.assign(**ends), x, line, ("mean", "low", "high"))


def asymmetric_dots(
    axes: Axes, table: DataFrame, x: str, line: str | None, columns: Sequence[str], hollow: str | None = None
) -> None:
    """As `dots`; `columns` hold the middle of each bar and its two ends. Rows true in `hollow` get a hollow marker."""
    names = list(dict.fromkeys(table[x]))
    parts = list(table.groupby(line, sort=False)) if line else [("", table)]
    for i, (level, part) in enumerate(parts):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        at = np.array([names.index(name) for name in part[x]]) + side_by_side(i, len(parts))
        middle, low, high = (part[column].to_numpy(float) for column in columns)
        bars = [middle - low, high - middle]
        axes.errorbar(at, middle, bars, color=colour, marker=marker, ls="", capsize=2, label=text(level))
        if hollow:
            rows = part[hollow].to_numpy(bool)
            axes.plot(at[rows], middle[rows], color=colour, marker=marker, mfc="white", ls="", zorder=3)
    axes.set_xticks(range(len(names)), [text(name) for name in names], rotation=30 if len(names) > 6 else 0)
