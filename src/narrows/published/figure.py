"""The figure of a paper: how far measured numbers lie from the published ones."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import Measurement
from narrows.report.figures.style import COLOURS, GREY, figure

ROW = 0.32  # inches for each number
APART = 0.2  # of a row, between the readings of a protocol


def draw(numbers: Mapping[str, PublishedNumber], measured: Mapping[str, Mapping[str, Measurement]]) -> Figure:
    """A row for each number: ours relative to the published one, with its 95 % interval, and reruns by others.

    `measured` is by number and reading of the protocol, as in `Paper`; each reading has a colour.
    """
    drawn = figure(height=1.0 + ROW * len(numbers))
    axes = drawn.subplots()
    axes.axvline(0, color=GREY, lw=1, zorder=1)
    for place, (name, number) in enumerate(numbers.items()):
        _band(axes, place, number.width / abs(number.value))
        for rerun in number.reruns.values():
            axes.plot(_percent(rerun, number.value), place, marker="|", color=GREY, ms=9, ls="")
        _ours(axes, place, number.value, measured[name])
    if len(readings := list(next(iter(measured.values())))) > 1:
        axes.legend(axes.containers[: len(readings)], readings)
    axes.set_yticks(range(len(numbers)), [f"{number.label}: {number.value:g}" for number in numbers.values()])
    axes.invert_yaxis()
    axes.set_xlabel("difference from the published number (%)")
    return drawn


def _band(axes: Axes, place: int, half: float) -> None:
    """The published spread or tolerance."""
    axes.fill_betweenx([place - 0.3, place + 0.3], -100 * half, 100 * half, color=GREY, alpha=0.25, lw=0)


def _ours(axes: Axes, place: int, published: float, by_reading: Mapping[str, Measurement]) -> None:
    """The mean with its interval under each reading, one below the other."""
    for position, ours in enumerate(by_reading.values()):
        centre, low, high = (_percent(number, published) for number in (ours.mean, ours.low, ours.high))
        row = place + APART * (position - (len(by_reading) - 1) / 2)
        colour = COLOURS[position % len(COLOURS)]
        axes.errorbar(centre, row, xerr=[[centre - low], [high - centre]], color=colour, marker="o", capsize=2)


def _percent(number: float, published: float) -> float:
    return 100 * (number / published - 1)
