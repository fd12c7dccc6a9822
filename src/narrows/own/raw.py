"""The result of a reader, and helpers for the readers' errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from narrows.errors import UserError
from narrows.own.request import Kind, Request

Array = NDArray[Any]
Frame = Any  # a table of pandas, which has no types
SHOWN = 8  # names in an error
LONGEST = 40  # characters of a field or a line in an error


@dataclass(frozen=True)
class Raw:
    """Numbers (N, …) or N texts, with N labels (None: no labels) and the names of a table's columns.

    `notes` say what was taken for granted: a header, an index, files that are left out. `rules` name the ways in which
    these files are read otherwise than by version 0.1.0; they are part of the checksum, so that runs on numbers that
    were read differently are not taken for the same. `header`: whether the first row of a table of text held names.
    """

    kind: Kind
    values: Array
    labels: Array | None = None
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    header: bool | None = None


def listed(names: Sequence[object]) -> str:
    """The first names as text, and how many there are beyond them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more


def shortened(text: str) -> str:
    """The beginning of a field or a line, for an error."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


#: Options of tables, and what a file lacks that has no use for them.
MISSING = {
    "columns": "columns to choose from",
    "label": "column of labels",
    "header": "row that may hold the names of columns",
}


def without(request: Request, *keys: str) -> None:
    """Raise UserError if one of the options data.`key`, which do not apply to such a file, is set."""
    for key in keys:
        if (value := getattr(request, key)) not in (None, "auto"):
            shown = list(value) if isinstance(value, tuple) else value
            raise UserError(f"data.{key}={shown}: {request.path.name or request.path} has no {MISSING[key]}")
