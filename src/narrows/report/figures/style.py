"""How figures look: one palette, one size, PNG for the page and PDF for the paper."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from narrows.stats.factors import Factor, text

#: Okabe & Ito 2008 without the yellow, which white paper swallows.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
MAP = "viridis"
GREY = "#555555"
WIDTH, HEIGHT = 6.4, 4.0  # inches; two columns of a paper's page
PIXELS = 200  # an inch
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
    "pdf.fonttype": 42,  # text stays text; type 3 fonts are refused by many a journal
    "figure.constrained_layout.use": True,
}


@contextmanager
def styled() -> Iterator[None]:
    with mpl.rc_context(SETTINGS):
        yield


def figure(width: float = WIDTH, height: float = HEIGHT) -> Figure:
    """A figure without pyplot: nothing global holds it, nothing asks for a display."""
    return Figure(figsize=(width, height))


def save(drawn: Figure, folder: Path, name: str) -> None:
    drawn.savefig(folder / f"{name}.png", dpi=PIXELS)
    drawn.set_layout_engine("none")  # laid out once, 0.3 s
    drawn.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})  # the same bytes for the same numbers


class Stroke(NamedTuple):
    """How one line looks, told apart by more than its colour."""

    colour: str
    marker: str
    dash: str


def strokes(factors: list[Factor], count: int) -> list[Stroke]:
    """Ordered levels take an ordered map, kinds take the palette; dotted from its second round on."""
    if (len(factors) == 1 and factors[0].numeric) or count > 2 * len(COLOURS):
        levels = mpl.colormaps[MAP]
        shades = [mpl.colors.to_hex(levels(0.85 * i / max(count - 1, 1))) for i in range(count)]
    else:
        shades = [COLOURS[i % len(COLOURS)] for i in range(count)]
    dashes = ["-" if shades.index(shade) == i else ":" for i, shade in enumerate(shades)]
    return [Stroke(shades[i], MARKERS[i % len(MARKERS)], dashes[i]) for i in range(count)]


def numeric_axis(axis: Axis, factor: Factor, axes: Axes) -> None:
    """Ticks at the levels themselves."""
    if factor.logarithmic:
        axes.set_xscale("log")
    if len(factor.levels) <= MOST_TICKS:
        ticks(axis, factor.numbers)


def ticks(axis: Axis, levels: Sequence[float]) -> None:
    """At these levels and nowhere else, as plain numbers."""
    axis.set_major_locator(FixedLocator(levels))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda level, _: text(level)))


def loss_axis(axes: Axes, low: float, high: float) -> None:
    """Logarithmic from a ratio of 2 on, with plain numbers. Intervals that leave the picture are cut by it."""
    if low > 0 and high / low >= 2:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
        plain(axes.yaxis)


def plain(axis: Axis) -> None:
    """1, 2, 5 of each decade, written out; powers of ten make readers count zeros."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda level, _: text(level)))
    axis.set_minor_formatter(NullFormatter())


def pixels(png: Path) -> tuple[int, int]:
    """Width and height, from where every PNG keeps them."""
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height
