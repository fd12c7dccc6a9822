"""The style of the figures: one palette, text at its printed size, saved as PNG for screens and PDF for papers."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from PIL import Image

from narrows.report.widths import DEFAULT, WIDTHS, Width
from narrows.stats.factors import Factor, text

#: Okabe & Ito 2008 without the yellow, which is hardly visible on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
DASHES = ("-", "--", "-.", ":")  # 4 dashes and 7 colours: 28 lines before a pair occurs again
MAP = "viridis"
GREY = "#555555"
REFERENCE: dict[str, Any] = {"ls": (0, (1.5, 1.5)), "zorder": 1.5}
WIDTH, HEIGHT = WIDTHS[DEFAULT].inches, WIDTHS[DEFAULT].height
PIXELS = 200  # per inch
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

SETTINGS: dict[Any, Any] = {
    "axes.titlesize": "medium",
    "figure.labelsize": "medium",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.columnspacing": 1.2,
    "legend.handlelength": 2.4,
    "pdf.fonttype": 42,  # TrueType: many journals reject type 3 fonts
}


@contextmanager
def styled(width: Width = WIDTHS[DEFAULT]) -> Iterator[None]:
    """Draw at this width inside the block."""
    scale = width.points / 8
    sizes = {
        "font.size": width.points,
        "figure.figsize": (width.inches, width.height),
        "lines.linewidth": 1.2 * scale,
        "lines.markersize": 4 * scale,
    }
    with mpl.rc_context(SETTINGS | sizes):
        yield


def figure(width: float | None = None, height: float | None = None) -> Figure:
    """A figure without pyplot, which would keep it in memory and look for a display.

    Sizes in inches; by default those of the width that `styled` set.
    """
    inches, row = mpl.rcParams["figure.figsize"]
    return Figure(figsize=(width or inches, height or row), layout="constrained")


def save(drawn: Figure, folder: Path, name: str) -> None:
    """Write `name`.png and `name`.pdf into the folder."""
    drawn.savefig(folder / f"{name}.png", dpi=PIXELS)
    drawn.set_layout_engine("none")  # keep the layout of the PNG: computing it again takes 0.3 s
    drawn.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None})  # the same bytes for the same numbers


class Stroke(NamedTuple):
    """The look of a line. Lines differ in dash and marker too: for grey print and readers who confuse colours."""

    colour: str
    marker: str
    dash: str


def strokes(factors: Sequence[Factor], count: int) -> list[Stroke]:
    """A stroke for each combination of the factors' levels, `count` in all.

    The first factor decides the colour, so that a level has one colour in all figures: colours from a colour map for
    numbers, in their order, else from the palette. The other factors decide the dash.
    """
    first = len(factors[0].levels) if factors else 1
    others = max(1, count // first)
    ordered = bool(factors) and factors[0].numeric
    colours = _colours(first, ordered)
    return [
        Stroke(colours[i // others], MARKERS[i % len(MARKERS)], DASHES[_dash(i, others, ordered) % len(DASHES)])
        for i in range(count)
    ]


def _dash(i: int, others: int, ordered: bool) -> int:
    """The dash of a line: by the other factors; without any by its number, unless shades order the lines already."""
    return i % others if others > 1 or ordered else i


def _colours(count: int, ordered: bool) -> list[str]:
    if ordered or count > len(COLOURS) * len(DASHES):
        levels = mpl.colormaps[MAP]
        return [mpl.colors.to_hex(levels(0.88 * i / max(count - 1, 1))) for i in range(count)]
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def side_by_side(i: int, count: int) -> float:
    """The shift along x of the i-th of `count` dots at the same place, in units of the distance between places."""
    return (i - (count - 1) / 2) * min(0.15, 0.7 / count)


def ticks(axis: Axis, levels: Sequence[float]) -> None:
    """Ticks at these levels only, as plain numbers."""
    axis.set_major_locator(FixedLocator(levels))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda level, _: number(text(level))))


def plain(axis: Axis) -> None:
    """Ticks at 1, 2 and 5 of each decade of a logarithmic axis, written as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda level, _: number(text(level))))
    axis.set_minor_formatter(NullFormatter())


def number(text: str) -> str:
    """A text with its numbers as they are printed: “1e-05” as “10⁻⁵”, “-1” with a minus sign."""
    text = re.sub(r"\b([\d.]+)e([+-]?\d+)\b", _power, text)
    return re.sub(r"(?<![^\s(])-(?=[\d.])", "−", text)


def _power(parts: re.Match[str]) -> str:
    power = f"10{str(int(parts[2])).translate(SUPERSCRIPTS)}"
    return power if parts[1] == "1" else f"{parts[1]}·{power}"


def pixels(png: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    with Image.open(png) as image:
        return image.size
