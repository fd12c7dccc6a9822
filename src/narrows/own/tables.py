"""The reader of tables of numbers: CSV with any usual separator, and Parquet."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array, Raw, listed
from narrows.own.request import Label

SEPARATORS = (",", ";", "\t", "|", " ")


def table(path: Path, columns: list[Label] | None, label: Label | None) -> Raw:
    import pandas as pd

    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        separator, headed = _dialect(path)
        frame = pd.read_csv(path, sep=separator, header=0 if headed else None, skipinitialspace=True)
    if not len(frame):
        raise UserError(f"data.path={path}: has no rows")
    frame.columns = frame.columns.map(str)
    frame = _without_index(frame)
    labels = None if label is None else _column(path, frame, str(label))
    chosen = [str(name) for name in columns or frame.columns if str(name) != str(label) or columns]
    _known(path, chosen, list(frame.columns))
    return Raw("table", _numbers(path, frame[chosen]), labels, tuple(chosen))


def _dialect(path: Path) -> tuple[str, bool]:
    """The separator of the columns, and whether the first line holds their names."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8-sig") as file:
        lines = [line for _, line in zip(range(20), file, strict=False) if line.strip()]
    if not lines:
        raise UserError(f"data.path={path}: is empty")
    separator = next(
        (mark for mark in SEPARATORS if len(_widths(lines, mark)) == 1 and max(_widths(lines, mark)) > 1), ","
    )
    if len(widths := _widths(lines, separator)) > 1:
        raise UserError(f"data.path={path}: its rows have from {min(widths)} to {max(widths)} fields")
    return separator, not all(_is_number(field) for field in next(csv.reader(lines[:1], delimiter=separator)))


def _widths(lines: Sequence[str], separator: str) -> set[int]:
    return {len(fields) for fields in csv.reader(lines, delimiter=separator, skipinitialspace=True)}


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _without_index(frame: Any) -> Any:  # noqa: ANN401 - pandas has no types here
    """The table without the column of row numbers that pandas writes first, without a name."""
    first = frame.columns[0] if len(frame.columns) else ""
    is_index = first.startswith("Unnamed") and frame[first].tolist() == list(range(len(frame)))
    return frame.drop(columns=first) if is_index else frame


def _column(path: Path, frame: Any, label: str) -> Array:  # noqa: ANN401
    _known(path, [label], list(frame.columns))
    if missing := int(frame[label].isna().sum()):
        raise UserError(f"data.label={label}: {missing} rows of {path.name} have none")
    return np.asarray(frame[label])


def _known(path: Path, names: Sequence[str], available: Sequence[str]) -> None:
    for name in names:
        if name not in available:
            raise UserError(f"data.path={path}: has no column {name}; it has {listed(available)}")


def _numbers(path: Path, frame: Any) -> Array:  # noqa: ANN401
    words = [_word(name, frame[name]) for name in frame.columns if frame[name].dtype.kind not in "biuf"]
    if words:
        raise UserError(
            f"data.path={path}: columns with words: {listed(words)}; correct them, choose other columns with "
            "data.columns=[…], or give the column of labels as data.label"
        )
    if gaps := [f"{name} ({n})" for name, n in frame.isna().sum().items() if n]:
        raise UserError(f"data.path={path}: has missing values in {listed(gaps)}; fill or drop them first")
    return np.asarray(frame, dtype=np.float64)


def _word(name: str, column: Any) -> str:  # noqa: ANN401
    """A column's name and its first value that is not a number, such as a word, “?” or 1,5 with a decimal comma."""
    row = next((row for row, value in enumerate(column) if not _is_number(str(value))), 0)
    return f"{name} ({column.iloc[row]!r} in row {row + 1})"
