"""The main quantity against the bottleneck, or whichever factor is on x: seeds, means and intervals."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from narrows.report.figures import dots
from narrows.report.figures.axis_scales import factor_axis, gap, shifted, value_axis
from narrows.report.figures.drawing import Drawing, drawing_of
from narrows.report.figures.marks import BAND, band, circles, opacity, seeds, spread
from narrows.report.figures.names import name_levels
from narrows.report.figures.panels import Panels
from narrows.report.figures.references import legend_entry, references
from narrows.report.figures.style import Stroke
from narrows.report.layout import Levels
from narrows.stats.factors import Factor
from narrows.stats.grid import Grid

SEEDS = 0.013  # width of a line's seeds, right of the mean, as a share of the axis
ALL_SEEDS = 0.04  # and that of all lines' seeds at a level
EDGE = 0.985  # where the seeds of a level without x stand, as a share of the axis


def error(grid: Grid) -> Figure:
    """A panel for each level of a third factor, a line for each combination of the others, and the reference.

    Raises UserError if none of the runs to be drawn finished.
    """
    drawing = drawing_of(grid)
    layout, x = drawing.layout, drawing.layout.x
    panels = Panels(list(layout.panels))
    drawn = drawing.at({})
    near = drawing.cells[drawing.reference].to_numpy(dtype=float) if drawing.reference else np.array([])
    others = np.concatenate([drawn.ends, near])
    value_axis(panels.axes[0], "y", drawn.values, others, grid.main.scale == "log")
    for axes, levels in zip(panels.axes, layout.panels.values(), strict=True):
        part = drawing.at(levels)
        if x and x.numeric:
            _lines(axes, part, x)
            factor_axis(axes, x, panels.inches)
        else:
            dots.draw(axes, part)
        references(axes, part)
    if not (x and x.numeric):
        panels.grow(name_levels(panels.axes, x, panels.inches))
    panels.label(x.label if x else "all runs of the study", grid.main.title)
    _legend(panels, drawing)
    return panels.figure


def _lines(axes: Axes, part: Drawing, x: Factor) -> None:
    for i, (levels, stroke) in enumerate(part.lines):
        line = part.at(levels)
        if line.cells[x.key].isna().all():
            _level(axes, line, stroke)
        else:
            _line(axes, line, x, stroke, i)


def _line(axes: Axes, line: Drawing, x: Factor, stroke: Stroke, i: int) -> None:
    """A joined line with a band; its seeds to the right of each mean, beside those of the other lines."""
    grid, count = line.grid, len(line.layout.combinations)
    cells = line.cells.sort_values(x.key)
    at, mean, low, high = (cells[column].to_numpy(dtype=float) for column in (x.key, grid.mean, *grid.interval))
    axes.plot(at, mean, color=stroke.colour, marker=stroke.marker, ls=stroke.dash)
    band(axes, at, low, high, stroke.colour, opacity(count))
    places = line.runs[x.key].to_numpy(dtype=float)
    slot = min(SEEDS, ALL_SEEDS / count, gap(x) / 2 / count)
    shift = (i + 1 + 0.4 * spread(line.runs)) * slot
    seeds(axes, shifted(x, places, shift), line.values, stroke.colour, len(line.runs) / len(cells))
    circles(axes, at, mean, cells, stroke.colour)


def _level(axes: Axes, line: Drawing, stroke: Stroke) -> None:
    """A level that has no x: a line across the axes with its interval; its seeds at the right edge."""
    for _, cell in line.cells.iterrows():
        mean, low, high = (cell[column] for column in (line.grid.mean, *line.grid.interval))
        axes.axhline(mean, color=stroke.colour, ls=stroke.dash)
        if np.isfinite(low):
            axes.axhspan(low, high, color=stroke.colour, alpha=BAND, lw=0)
    places = EDGE + spread(line.runs) * SEEDS
    seeds(axes, places, line.values, stroke.colour, len(line.runs), transform=axes.get_yaxis_transform())


def _legend(panels: Panels, drawing: Drawing) -> None:
    """Lines and reference; none if there is only one line, or if its levels are named on x."""
    layout = drawing.layout
    handles, labels = legend_entry(drawing, *panels.axes[0].get_ylim())
    named = layout.x is not None and not layout.x.numeric and not layout.lines
    if not named and (layout.lines or handles):
        handles = [*(_handle(drawing, levels, stroke) for levels, stroke in drawing.lines), *handles]
        labels = [*(layout.label(levels) for levels in layout.combinations), *labels]
    if handles:
        panels.legend(handles, labels, layout.lines[0].name if len(layout.lines) == 1 else "")


def _handle(drawing: Drawing, levels: Levels, stroke: Stroke) -> Line2D:
    x = drawing.layout.x
    joined = x is not None and x.numeric
    across = joined and x is not None and drawing.at(levels).cells[x.key].isna().all()
    return Line2D([], [], color=stroke.colour, marker="" if across else stroke.marker, ls=stroke.dash if joined else "")
