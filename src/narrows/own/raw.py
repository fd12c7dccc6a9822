"""The result of a reader, and helpers for the readers' errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from narrows.errors import UserError
from narrows.own.request import Kind

Array = NDArray[Any]
SHOWN = 8  # names in an error


@dataclass(frozen=True)
class Raw:
    """Numbers (N, …) or N texts, with N labels (None: no labels) and the names of a table's columns."""

    kind: Kind
    values: Array
    labels: Array | None = None
    columns: tuple[str, ...] = ()


def listed(names: Sequence[object]) -> str:
    """The first names as text, and how many there are beyond them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more


def without(key: str, value: object, path: Path) -> None:
    """Raise UserError if the option data.`key`, which does not apply to such a file, is set."""
    if value is not None:
        missing = "columns to choose from" if key == "columns" else "column of labels"
        raise UserError(f"data.{key}={value}: {path.name} has no {missing}")
