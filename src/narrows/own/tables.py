"""The reader of tables of numbers: text with any usual separator, and Parquet."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from narrows.errors import UserError
from narrows.own.dialect import Dialect, dialect
from narrows.own.header import has_header
from narrows.own.index import without_index
from narrows.own.number_marks import is_number
from narrows.own.numeric_columns import as_numbers
from narrows.own.raw import Array, Frame, Raw, listed, without
from narrows.own.request import Label, Request, matching
from narrows.own.text_labels import label_values

RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
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
    notes += [*written.notes, *(_renamed(written.first) if named and request.columns is None else ())]
    return replace(_chosen(request, frame, named, labels, notes, [*rules, *label_rules]), header=named)


def parquet(request: Request) -> Raw:
    """The chosen columns of a Parquet file as float64 (N, D)."""
    import pandas as pd

    without(request, "header")
    frame, notes = _without_levels(pd.read_parquet(request.path), request)
    frame.columns = frame.columns.map(str)
    labels = None if request.label is None else np.asarray(frame[_column(request, frame, request.label)])
    return _chosen(request, frame, True, labels, notes, [])


def _without_levels(frame: Frame, request: Request) -> tuple[Frame, list[str]]:
    """A Parquet file's table, the named levels of its index as columns if the request names them, else with a note."""
    names = [str(name) for name in frame.index.names if name is not None and str(name) not in frame.columns.map(str)]
    wanted = {matching(name, names) for name in (*(request.columns or ()), request.label) if name is not None}
    left_out = [name for name in names if name not in wanted]
    columns = frame.reset_index(level=[name for name in frame.index.names if str(name) in wanted - {None}])
    return columns, [f"left out: the index, {listed(left_out)}"] if left_out else []


def _renamed(names: Sequence[str]) -> list[str]:
    """A note on the columns that have the same name, which pandas numbers."""
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    return [f"columns of the same name are numbered: {twice[0]}, {twice[0]}.1, …"] if twice else []


def _text(
    request: Request, written: Dialect, header: int | None, options: Mapping[str, Any] = MappingProxyType({})
) -> Frame:
    """The table as pandas reads it with these options."""
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the separator at the end of each row, which `written` knows
        try:
            frame = pd.read_csv(request.path, header=header, **written.options(request.path), **options)
        except pd.errors.ParserError as error:
            if ragged := RAGGED.search(str(error)):
                expected, line, fields = ragged.groups()
                raise UserError(
                    f"data.path={request.path}: line {line} has {fields} fields, others have {expected}"
                ) from None
            raise
    names = [str(name).strip() for name in frame.columns]
    frame.columns = names if len(set(names)) == len(names) else frame.columns.map(str)
    return frame


def _named(request: Request, written: Dialect, body: Frame) -> bool:
    """Whether the first row holds the names of the columns. Raises UserError for data.header=false if it must."""
    if request.header is False and (written.indexed or written.trailing):
        raise UserError(f"data.header=false: the first row of {request.path.name} is shorter than the others")
    if request.header != "auto":
        return request.header
    positions = set(map(str, range(len(written.first))))
    names = {str(name) for name in (*(request.columns or ()), request.label) if name is not None} - positions
    named_in_request = not names.isdisjoint(written.first)
    return written.indexed or written.quoted or named_in_request or has_header(written.first, body)


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
    numbers = as_numbers(request, features[columns])
    return Raw("table", numbers, labels, tuple(columns), (*notes, *more_notes), (*rules, *more_rules))


def _column(request: Request, frame: Frame, name: Label) -> str:
    """The column that `name` stands for. Raises UserError if there is none."""
    if (found := matching(name, list(frame.columns))) is None:
        raise UserError(f"data.path={request.path}: has no column {name}; it has {listed(frame.columns)}")
    return found
