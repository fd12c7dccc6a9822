"""The style of the figures: one palette and one size, saved as PNG for the page and as PDF for a paper."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from PIL import Image

from narrows.stats.factors import Factor, text

#: Okabe & Ito 2008 without the yellow, which is hardly visible on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
MAP = "viridis"
GREY = "#555555"
WIDTH, HEIGHT = 6.4, 4.0  # inches; two columns of a paper's page
PIXELS = 200  # per inch
MOST_TICKS = 12

SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "pdf.fonttype": 42,  # TrueType: many journals reject type 3 fonts
    "figure.constrained_layout.use": True,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in this style inside the block."""
    with mpl.rc_context(SETTINGS):
        yield


def figure(width: float = WIDTH, height: float = HEIGHT) -> Figure:
    """A figure without pyplot, which would keep it in memory and look for a display. Sizes in inches."""
    return Figure(figsize=(width, height))


def save(drawn: Figure, folder: Path, name: str) -> None:
    """Write `name`.png and `name`.pdf into the folder."""
    drawn.savefig(folder / f"{name}.png", dpi=PIXELS)
    drawn.set_layout_engine("none")  # keep the layout of the PNG: computing it again takes 0.3 s
    drawn.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})  # the same bytes for the same numbers


class Stroke(NamedTuple):
    """The look of a line. Lines differ in their markers too, for readers who cannot tell colours apart."""

    colour: str
    marker: str
    dash: str


def strokes(factors: list[Factor], count: int) -> list[Stroke]:
    """A stroke for each of `count` lines: colours from a colour map for a numeric factor, else from the palette.

    When the palette is used up it starts again with dotted lines.
    """
    if (len(factors) == 1 and factors[0].numeric) or count > 2 * len(COLOURS):
        levels = mpl.colormaps[MAP]
        shades = [mpl.colors.to_hex(levels(0.85 * i / max(count - 1, 1))) for i in range(count)]
    else:
        shades = [COLOURS[i % len(COLOURS)] for i in range(count)]
    dashes = ["-" if shades.index(shade) == i else ":" for i, shade in enumerate(shades)]
    return [Stroke(shades[i], MARKERS[i % len(MARKERS)], dashes[i]) for i in range(count)]


def side_by_side(i: int, count: int) -> float:
    """The shift along x of the i-th of `count` dots at the same place, in units of the distance between places."""
    return (i - (count - 1) / 2) * min(0.15, 0.7 / count)


def numeric_axis(axis: Axis, factor: Factor, axes: Axes) -> None:
    """Ticks at the levels, if they are few; a logarithmic scale for a logarithmic factor."""
    if factor.logarithmic:
        axes.set_xscale("log")
    if len(factor.levels) <= MOST_TICKS:
        ticks(axis, factor.numbers)


def ticks(axis: Axis, levels: Sequence[float]) -> None:
    """Ticks at these levels only, as plain numbers."""
    axis.set_major_locator(FixedLocator(levels))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda level, _: text(level)))


def loss_axis(axes: Axes, low: float, high: float) -> None:
    """A logarithmic y axis if the means differ by a factor of 2 or more; it cuts off intervals far beyond the means."""
    if low > 0 and high / low >= 2:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
        plain(axes.yaxis)


def plain(axis: Axis) -> None:
    """Ticks at 1, 2 and 5 of each decade of a logarithmic axis, written as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda level, _: text(level)))
    axis.set_minor_formatter(NullFormatter())


def pixels(png: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    with Image.open(png) as image:
        return image.size
