"""The widths at which figures are printed. Imports no matplotlib, so that a command can list the choices."""

from dataclasses import dataclass

from narrows.errors import UserError

KEY = "report.width"


@dataclass(frozen=True)
class Width:
    """Inches of a figure's width and of one row of axes, and the size of all its text in points."""

    inches: float
    height: float
    points: float


WIDTHS = {
    "column": Width(3.3, 2.2, 8),  # of a page with two columns
    "page": Width(6.9, 3.4, 8),
    "slide": Width(10.0, 4.6, 14),
}
DEFAULT = "page"
MEANINGS = {"column": "3.3 inches, 8 pt", "page": "6.9 inches, 8 pt", "slide": "10 inches, 14 pt"}


def width(name: str | None) -> Width:
    """The width called `name`, the default for None. Raises UserError for an unknown one."""
    name = DEFAULT if name is None else name
    if name not in WIDTHS:
        raise UserError(f"{KEY}={name}: choose from {', '.join(WIDTHS)}")
    return WIDTHS[name]
