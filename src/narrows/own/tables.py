"""The reader of tables of numbers: text with any usual separator, and Parquet."""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from narrows.errors import UserError
from narrows.own.dialect import Dialect, dialect, is_number
from narrows.own.header import has_header
from narrows.own.index import without_index
from narrows.own.raw import Array, Frame, Raw, listed, without
from narrows.own.request import Label, Request, matching
from narrows.own.text_labels import label_values

SHOWN = 40  # characters of a field in an error
FIRST_ROW = {
    True: "the first row is read as the names of the columns (data.header=false reads it as numbers)",
    False: "no row of column names, the first row is read as numbers (data.header=true reads it as names)",
}


def table(request: Request) -> Raw:
    """The chosen columns of a table of text as float64 (N, D)."""
    written = dialect(request.path)
    body = _text(request, written, header=0)
    named = _named(request, written, body)
    frame = body if named else _text(request, written, header=None)
    labels, label_rules = _text_labels(request, written, frame, named)
    if named:
        _refuse_ambiguous(request, written.first)
    rules = [f"header={named}"] if named == all(map(is_number, written.first)) else []  # 0.1.0 asked the first row only
    rules += ["padded"] if written.padded else []
    notes = [FIRST_ROW[named]] if request.header == "auto" else []
    notes += ["left out: the names of the rows, which the first row does not name"] if written.indexed else []
    return _chosen(request, frame, named, labels, notes, [*rules, *label_rules])


def parquet(request: Request) -> Raw:
    """The chosen columns of a Parquet file as float64 (N, D)."""
    import pandas as pd

    without(request, "header")
    frame = pd.read_parquet(request.path)
    frame.columns = frame.columns.map(str)
    labels = None if request.label is None else np.asarray(frame[_column(request, frame, request.label)])
    return _chosen(request, frame, True, labels, [], [])


def _text(
    request: Request, written: Dialect, header: int | None, options: Mapping[str, Any] = MappingProxyType({})
) -> Frame:
    """The table as pandas reads it with these options."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the separator at the end of each row, which `written` knows
        frame = pd.read_csv(request.path, header=header, **written.options(request.path), **options)
    names = [str(name).strip() for name in frame.columns]
    frame.columns = names if len(set(names)) == len(names) else frame.columns.map(str)
    return frame


def _named(request: Request, written: Dialect, body: Frame) -> bool:
    """Whether the first row holds the names of the columns. Raises UserError for data.header=false if it must."""
    if request.header is False and (written.indexed or written.trailing):
        raise UserError(f"data.header=false: the first row of {request.path.name} is shorter than the others")
    if request.header != "auto":
        return request.header
    words = [
        name for name in (*(request.columns or ()), request.label) if isinstance(name, str) and not is_number(name)
    ]
    named_in_request = any(name in written.first for name in words)
    return written.indexed or named_in_request or has_header(written.first, body)


def _refuse_ambiguous(request: Request, names: Sequence[str]) -> None:
    """Raises UserError if a column that the request names occurs twice."""
    for key, label in [("label", request.label), *(("columns", column) for column in request.columns or ())]:
        if label is not None and (count := names.count(str(label))) > 1:
            raise UserError(f"data.{key}={label}: {request.path.name} has {count} columns named {label}")


def _text_labels(
    request: Request,
    written: Dialect,
    frame: Frame,
    named: bool,
) -> tuple[Array | None, tuple[str, ...]]:
    """The labels as they are written, and rules as in `Raw`."""
    if request.label is None:
        return None, ()
    name = _column(request, frame, request.label)
    position = list(frame.columns).index(name)
    as_written = {"dtype": str, "na_filter": False}
    if written.indexed:  # positions in the file are not those in the table
        texts = _text(request, written, 0, as_written).iloc[:, position]
    else:
        texts = _text(request, written, 0 if named else None, as_written | {"usecols": [position]}).iloc[:, 0]
    return label_values(texts.tolist(), request)


def _chosen(
    request: Request,
    frame: Frame,
    named: bool,
    labels: Array | None,
    notes: Sequence[str],
    rules: Sequence[str],
) -> Raw:
    if not len(frame):
        raise UserError(f"data.path={request.path}: has no rows")
    features, more_notes, more_rules = without_index(frame, named, request)
    if request.columns is None:
        label = None if request.label is None else matching(request.label, list(features.columns))
        columns = [name for name in features.columns if name != label]
    else:
        columns = [_column(request, features, name) for name in request.columns]
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise UserError(f"data.columns={list(request.columns or ())}: {twice[0]} is given twice")
    numbers = _numbers(request, features[columns])
    return Raw("table", numbers, labels, tuple(columns), (*notes, *more_notes), (*rules, *more_rules))


def _column(request: Request, frame: Frame, name: Label) -> str:
    """The column that `name` stands for. Raises UserError if there is none."""
    if (found := matching(name, list(frame.columns))) is None:
        raise UserError(f"data.path={request.path}: has no column {name}; it has {listed(frame.columns)}")
    return found


def _numbers(request: Request, frame: Frame) -> Array:
    """The columns as float64 (N, D). Raises UserError for words, and missing and infinite values, by column and row."""
    columns = {name: _as_floats(frame[name]) for name in frame.columns}
    if words := [_word(name, frame[name]) for name, values in columns.items() if values is None]:
        raise UserError(
            f"data.path={request.path}: columns with words: {listed(words)}; correct them, choose other columns with "
            "data.columns=[…], or give the column of labels as data.label"
        )
    numbers = np.column_stack([values for values in columns.values() if values is not None])
    for what, bad in (("missing", np.isnan(numbers)), ("infinite", np.isinf(numbers))):
        rows, counts = bad.argmax(0) + 1, bad.sum(0)
        if found := [f"{name} ({counts[i]}, first in row {rows[i]})" for i, name in enumerate(columns) if counts[i]]:
            raise UserError(
                f"data.path={request.path}: has {what} values in {listed(found)}; correct or drop them first"
            )
    return numbers


def _as_floats(column: Frame) -> Array | None:
    """A column as float64 (N,), missing values as nan; None if it holds words. Integers of any length are numbers."""
    if column.dtype.kind in "biuf":
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if not all(missing or is_number(str(value)) for value, missing in zip(column, column.isna(), strict=True)):
        return None
    return np.array([np.nan if missing else float(value) for value, missing in zip(column, column.isna(), strict=True)])


def _word(name: str, column: Frame) -> str:
    """A column's name and its first value that is not a number, such as a word, “?” or 1,5 with a decimal comma."""
    words = (row for row, value in enumerate(column) if not is_number(str(value)))
    row = next(words, 0)
    text = repr(column.iloc[row])
    return f"{name} ({text if len(text) <= SHOWN else text[:SHOWN] + '…'} in row {row + 1})"
