"""What a reader of files gives, and the words it refuses with."""

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
    """What a reader found: numbers (N, …) or N texts, perhaps a label for each, and the names of a table's columns."""

    kind: Kind
    values: Array
    labels: Array | None = None
    columns: tuple[str, ...] = ()


def listed(names: Sequence[object]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(str, names[:SHOWN])) + more


def without(key: str, value: object, path: Path) -> None:
    """Raises UserError for an option that such a file has no use for."""
    if value is not None:
        lacking = "columns to choose from" if key == "columns" else "column of labels"
        raise UserError(f"data.{key}={value}: {path.name} has no {lacking}")
