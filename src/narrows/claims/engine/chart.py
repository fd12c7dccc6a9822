"""The figures of the claims: means with intervals as lines over numbers or as dots over names."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from pandas import DataFrame

from narrows.report.figures.style import COLOURS, MARKERS
from narrows.stats.factors import text


def lines(axes: Axes, table: DataFrame, x: str, line: str | None = None, colours: Sequence[str] = COLOURS) -> None:
    """Means of `table` along its numeric key `x`, a line with a 95 % band for each level of the key `line`."""
    parts = table.groupby(line, sort=False) if line else [("", table)]
    for (level, part), colour, marker in zip(parts, cycle(colours), cycle(MARKERS), strict=False):
        part = part.sort_values(x)
        at, mean, half = (part[name].to_numpy(float) for name in (x, "mean", "ci95"))
        axes.plot(at, mean, color=colour, marker=marker, label=text(level))
        axes.fill_between(at, mean - half, mean + half, color=colour, alpha=0.18, lw=0)


def dots(axes: Axes, table: DataFrame, x: str, line: str | None = None) -> None:
    """Means of `table` over the names in its key `x` with 95 % bars, side by side for the levels of the key `line`."""
    names = list(dict.fromkeys(table[x]))
    parts = list(table.groupby(line, sort=False)) if line else [("", table)]
    for i, (level, part) in enumerate(parts):
        shift = (i - (len(parts) - 1) / 2) * min(0.15, 0.7 / len(parts))
        at = np.array([names.index(name) for name in part[x]]) + shift
        axes.errorbar(
            at, part["mean"], part["ci95"].fillna(0), color=COLOURS[i % len(COLOURS)], capsize=2, ls="",
            marker=MARKERS[i % len(MARKERS)], label=text(level),
        )  # fmt: skip
    axes.set_xticks(range(len(names)), [text(name) for name in names], rotation=30 if len(names) > 6 else 0)
