"""The numbers in the columns of a table."""

import numpy as np

from narrows.errors import UserError
from narrows.own.float_precision import refuse_too_alike
from narrows.own.header import WHOLE
from narrows.own.number_marks import is_number
from narrows.own.raw import Array, Frame, listed, shortened
from narrows.own.request import Request


def as_numbers(request: Request, frame: Frame) -> Array:
    """The columns as float64 (N, D). Raises UserError for words, and missing and infinite values, by column and row."""
    columns = {name: _as_floats(frame[name]) for name in frame.columns}
    if words := [_word(name, frame[name]) for name, values in columns.items() if values is None]:
        raise UserError(
            f"data.path={request.path}: columns with words: {listed(words)}; correct them, choose other columns with "
            "data.columns=[…], or give the column of labels as data.label"
        )
    for name in frame.columns:
        if (whole := _integers(frame[name])).size:
            refuse_too_alike(whole, name, request.path)
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


def _integers(column: Frame) -> Array:
    """The numbers of a column as integers of any length (N,), without missing ones; empty if some are fractions."""
    if column.dtype.kind in "iu":
        return np.asarray(column.dropna())
    texts = [str(value) for value in column] if column.dtype.kind not in "bf" else []
    return np.array([int(text) for text in texts] if all(map(WHOLE.fullmatch, texts)) else [], dtype=object)


def _word(name: str, column: Frame) -> str:
    """A column's name and its first value that is not a number, such as a word, “?” or 1,5 with a decimal comma."""
    words = (row for row, value in enumerate(column) if not is_number(str(value)))
    row = next(words, 0)
    return f"{name} ({shortened(repr(column.iloc[row]))} in row {row + 1})"
