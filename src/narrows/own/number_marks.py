"""What the marks in numbers of a text mean: points, decimal commas and thousands."""

import re
from collections.abc import Sequence

#: 1,5 and ,5: numbers as most European languages write them, without separators of thousands.
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
#: 1,234 may be 1.234 or 1234; so may 1.234 where semicolons separate the fields.
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,.]\d{3})+")


def is_number(field: str) -> bool:
    """Whether a field is a number, as pandas reads it: 1_000 is none."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


def with_point(field: str) -> str:
    """A number with a decimal comma, written with a point; other fields are returned unchanged."""
    return field.replace(",", ".") if DECIMAL_COMMA.fullmatch(field) else field


def have_decimal_commas(fields: Sequence[str]) -> bool:
    """Whether fields are numbers with decimal commas: at least one such as 1,5 or 0,250, and none with a point."""
    commas = [field for field in fields if DECIMAL_COMMA.fullmatch(field)]
    points = any("." in field and is_number(field.replace(",", "")) for field in fields)
    return not points and not all(map(THOUSANDS.fullmatch, commas))


def ambiguous_thousand(fields: Sequence[str]) -> str:
    """The first number such as 1.234 if every number with a point may be one with thousands; else empty.

    Where semicolons separate the fields, commas are probably decimal marks and points separate thousands.
    """
    points = [field for field in fields if "." in field and is_number(field)]
    return points[0] if points and all(map(THOUSANDS.fullmatch, points)) else ""
