"""What the marks in numbers of a text mean: points, decimal commas and thousands."""

import re
from collections.abc import Sequence

#: 1,5 and ,5: numbers as the languages of the continent write them; a dot among the digits would group thousands.
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
#: 1,234 may be one and a fraction or a thousand and a rest; so may 1.234 where separators are semicolons.
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
    """A number such as 1.234 if all numbers with a point may be thousands as it may; empty if there is none.

    Where semicolons separate, commas are probably decimal marks, and points group digits.
    """
    points = [field for field in fields if "." in field and is_number(field)]
    return points[0] if points and all(map(THOUSANDS.fullmatch, points)) else ""
