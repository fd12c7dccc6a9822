"""The figure of a paper: how far measured numbers lie from the published ones."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import measurement
from narrows.report.figures.style import COLOURS, GREY, figure
from narrows.stats.grid import Grid

ROW = 0.32  # inches for each number


def draw(grid: Grid, numbers: Mapping[str, PublishedNumber]) -> Figure:
    """A row for each number: ours relative to the published one, with its 95 % interval, and reruns by others."""
    drawn = figure(height=1.0 + ROW * len(numbers))
    axes = drawn.subplots()
    axes.axvline(0, color=GREY, lw=1, zorder=1)
    for place, (name, number) in enumerate(numbers.items()):
        ours = measurement(grid, numbers, name)
        _band(axes, place, number.width / abs(number.value))
        for found in number.reruns.values():
            axes.plot(_percent(found, number.value), place, marker="|", color=GREY, ms=9, ls="")
        centre = _percent(ours.mean, number.value)
        ends = [[centre - _percent(ours.low, number.value)], [_percent(ours.high, number.value) - centre]]
        axes.errorbar(centre, place, xerr=ends, color=COLOURS[0], marker="o", capsize=2)
    axes.set_yticks(range(len(numbers)), [f"{number.label}: {number.value:g}" for number in numbers.values()])
    axes.invert_yaxis()
    axes.set_xlabel("difference from the published number (%)")
    return drawn


def _band(axes: Axes, place: int, half: float) -> None:
    """The published spread or tolerance."""
    axes.fill_betweenx([place - 0.3, place + 0.3], -100 * half, 100 * half, color=GREY, alpha=0.25, lw=0)


def _percent(found: float, published: float) -> float:
    return 100 * (found / published - 1)
