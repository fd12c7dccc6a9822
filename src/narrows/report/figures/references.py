"""The reference of a quantity, such as PCA's error: a line where it is near the data, else words in the legend."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from pandas import DataFrame

from narrows.report.figures.drawing import Drawing
from narrows.report.figures.style import GREY, REFERENCE, number
from narrows.stats.runs_and_cells import one_reference


def references(axes: Axes, part: Drawing) -> None:
    """Draw the reference of a panel: one grey line if it is the same for all lines, else one in each line's colour."""
    known = part.cells.dropna(subset=[part.reference]) if part.reference else part.cells.head(0)
    x = part.layout.x
    if known.empty:
        return
    if one_reference(known, part.grid.reference, x.key if x else None):
        _draw(axes, part, known.drop_duplicates(x.key) if x else known.head(1), GREY)
        return
    for levels, stroke in part.lines:
        line = known[np.logical_and.reduce([known[key] == level for key, level in levels.items()])]
        _draw(axes, part, line, stroke.colour)


def _draw(axes: Axes, part: Drawing, line: DataFrame, colour: str) -> None:
    """A level line across the axes if the reference is the same at every x."""
    y, x = line[part.reference].to_numpy(dtype=float), part.layout.x
    if len(y) == 0:
        return
    if x is None or np.ptp(y) <= 0.01 * abs(y.mean()):
        axes.axhline(y.mean(), color=colour, **REFERENCE)
    elif x.numeric:
        has_x = line[x.key].notna().to_numpy()
        axes.plot(line[x.key].to_numpy(dtype=float)[has_x], y[has_x], color=colour, **REFERENCE)
    else:
        places = np.array([x.levels.index(level) for level in line[x.key]])
        axes.hlines(y, places - 0.45, places + 0.45, color=colour, **REFERENCE)


def legend_entry(drawing: Drawing, low: float, high: float) -> tuple[list[Line2D], list[str]]:
    """The handle and label of the reference, none without one. One outside of the axes, `low` to `high`, has no line.

    Its label then tells its value: “PCA (23.1, above the axes)”.
    """
    values = drawing.cells[drawing.reference].dropna().to_numpy(dtype=float) if drawing.reference else np.array([])
    if len(values) == 0:
        return [], []
    label, least, most = drawing.grid.main.reference_label, values.min(), values.max()
    if most >= low and least <= high:
        return [Line2D([], [], color=GREY, **REFERENCE)], [label]
    ends = list(dict.fromkeys(number(f"{value:.3g}") for value in (least, most)))
    side = "above" if least > high else "below"
    return [Line2D([], [], ls="")], [f"{label} ({' to '.join(ends)}, {side} the axes)"]
