"""Levels that are not numbers: means with bars side by side, each with its seeds beside it."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.report.figures.drawing import Drawing
from narrows.report.figures.marks import bar, circles, seeds, spread
from narrows.report.figures.style import Stroke, strokes
from narrows.stats.factors import Factor

WIDEST = 0.3  # of a mean with its seeds, in units of the distance between levels


def draw(axes: Axes, part: Drawing) -> None:
    """Means, intervals and seeds of a panel."""
    x, lines = part.layout.x, part.lines
    slot = min(WIDEST, 0.8 / len(lines))
    for i, (levels, stroke) in enumerate(lines):
        line = part.at(levels)
        shift = (i - (len(lines) - 1) / 2) * slot
        for part_of_line, own in _coloured(line, stroke):
            _means(axes, part_of_line, shift, slot, own)
    axes.grid(visible=False, axis="x")
    axes.set_xlim(-0.6, (len(x.levels) if x else 1) - 0.4)


def _coloured(line: Drawing, stroke: Stroke) -> list[tuple[Drawing, Stroke]]:
    """The line as it is, or without other lines each level on x in its own colour, that of its learning curve."""
    x = line.layout.x
    if x is None or line.layout.lines:
        return [(line, stroke)]
    looks = zip(x.levels, strokes([x], len(x.levels)), strict=True)
    return [(line.at({x.key: level}), look) for level, look in looks]


def _means(axes: Axes, line: Drawing, shift: float, slot: float, stroke: Stroke) -> None:
    x, grid, cells = line.layout.x, line.grid, line.cells
    if cells.empty:
        return
    mean, low, high = (cells[column].to_numpy(dtype=float) for column in (grid.mean, *grid.interval))
    at = _places(cells, x) + shift - slot / 4
    axes.errorbar(at, mean, bar(mean, low, high), color=stroke.colour, marker=stroke.marker, ls="", capsize=2)
    circles(axes, at, mean, cells, stroke.colour)
    beside = _places(line.runs, x) + shift + slot / 5 + spread(line.runs) * slot / 8
    seeds(axes, beside, line.values, stroke.colour, len(line.runs) / len(cells))


def _places(table: DataFrame, x: Factor | None) -> NDArray[np.float64]:
    return np.array([x.levels.index(level) for level in table[x.key]] if x else np.zeros(len(table)), dtype=float)
