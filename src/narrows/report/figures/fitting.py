"""Text that fits its place: its length, estimated from the size of the font, and lines broken to a length."""

import textwrap

import matplotlib as mpl

EM = 0.6  # mean width of a character of DejaVu Sans, as a share of the font's size
INCH = 72  # points


def length(text: str) -> float:
    """Inches of a text, of the longest line if it has several."""
    return max(map(len, text.split("\n"))) * EM * float(mpl.rcParams["font.size"]) / INCH


def wrapped(text: str, inches: float) -> str:
    """The text with its lines broken at spaces so that they are at most so long, where its words allow it."""
    characters = max(1, int(inches / length("0")))
    return textwrap.fill(text, characters, break_long_words=False, break_on_hyphens=False)


def fits(text: str, inches: float) -> bool:
    """True if the longest line of the text is at most so long."""
    return length(text) <= inches
