"""One quantity against another, such as distortion against rate: a point for each run, a mean for each cell."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.config.quantities import Quantity
from narrows.errors import UserError
from narrows.report.figures.axis_scales import MOST_TICKS, points, value_axis
from narrows.report.figures.drawing import COLUMNS, Drawing, drawing_of
from narrows.report.figures.marks import bar, seeds
from narrows.report.figures.panels import Panels
from narrows.report.figures.style import Stroke, number
from narrows.stats.factors import Factor
from narrows.stats.grid import Grid


def against(grid: Grid) -> Figure | None:
    """The main quantity against `study.against`; None if the study names none.

    A line joins the means along the numeric factor that other figures have on x. Raises UserError if no run recorded
    the other quantity, or none of the runs to be drawn finished.
    """
    if grid.against is None:
        return None
    drawing, name = along_number(drawing_of(grid)), grid.against.name
    if name not in drawing.runs or drawing.runs[name].isna().all():
        raise UserError(f"no run recorded {name} (needs {grid.against.recorded_by})")
    panels = Panels(list(drawing.layout.panels))
    for axes, levels in zip(panels.axes, drawing.layout.panels.values(), strict=True):
        for line_levels, stroke in drawing.lines:
            _line(axes, drawing.at(levels | line_levels), grid.against, stroke)
    first = panels.axes[0]
    ends = _numbers(drawing.cells, [f"{name} {end}" for end in COLUMNS]).ravel()
    value_axis(first, "x", _numbers(drawing.runs, name), ends, grid.against.scale == "log")
    value_axis(first, "y", drawing.values, drawing.at({}).ends, grid.main.scale == "log")
    panels.label(grid.against.title, grid.main.title)
    _legend(panels, drawing)
    return panels.figure


def along_number(drawing: Drawing) -> Drawing:
    """The drawing with a categorical factor on x among its lines, since here a quantity is on x."""
    layout = drawing.layout
    if layout.x is None or layout.x.numeric:
        return drawing
    return replace(drawing, layout=replace(layout, x=None, lines=[layout.x, *layout.lines]))


def _line(axes: Axes, line: Drawing, other: Quantity, stroke: Stroke) -> None:
    x_factor, grid = line.layout.x, line.grid
    cells = line.cells.dropna(subset=[f"{other.name} mean"])
    if cells.empty:
        return
    seeds(axes, _numbers(line.runs, other.name), line.values, stroke.colour, len(line.runs) / len(cells))
    cells = cells.sort_values(x_factor.key) if x_factor else cells
    x, y = _numbers(cells, f"{other.name} mean"), _numbers(cells, grid.mean)
    x_bar, y_bar = (_bar(cells, name) for name in (other.name, grid.main.name))
    dash = stroke.dash if x_factor else ""
    axes.errorbar(x, y, y_bar, x_bar, color=stroke.colour, marker=stroke.marker, ls=dash, elinewidth=0.8)
    if x_factor and len(line.layout.combinations) == 1 and len(cells) <= MOST_TICKS:
        _annotate(axes, x_factor, cells, x, y)


def _annotate(axes: Axes, factor: Factor, cells: DataFrame, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """The level beside each mean of the only line."""
    shift = (0.5 * points(), 0.4 * points())
    for level, at_x, at_y in zip(cells[factor.key], x, y, strict=True):
        axes.annotate(number(factor.text(level)), (at_x, at_y), shift, textcoords="offset points")


def _numbers(table: DataFrame, column: str | list[str]) -> NDArray[np.float64]:
    return np.asarray(table[column], dtype=float)


def _bar(cells: DataFrame, name: str) -> NDArray[np.float64]:
    return bar(*(_numbers(cells, f"{name} {column}") for column in COLUMNS))


def _legend(panels: Panels, drawing: Drawing) -> None:
    layout = drawing.layout
    if layout.lines:
        dashed = layout.x is not None
        handles = [
            Line2D([], [], color=stroke.colour, marker=stroke.marker, ls=stroke.dash if dashed else "")
            for _, stroke in drawing.lines
        ]
        labels = [layout.label(levels) for levels in layout.combinations]
        panels.legend(handles, labels, layout.lines[0].name if len(layout.lines) == 1 else "")
