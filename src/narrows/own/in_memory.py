"""Arrays of the user's program: NumPy, pandas, torch and lists, as NumPy arrays of numbers. Imports none of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from narrows.errors import UserError
from narrows.own.float_precision import place
from narrows.own.labels import count_missing
from narrows.own.raw import Array, Frame, listed


class Numbers(NamedTuple):
    """Numbers (N, …), and the names of their columns where they came in a DataFrame."""

    values: Array
    columns: tuple[str, ...] = ()


def numbers(given: Any, name: str, columns: Sequence[str] = ()) -> Numbers:  # noqa: ANN401 - any array-like
    """An array-like as numbers. Errors, UserError, call it `name`.

    Of a DataFrame only `columns` are taken, in this order, if any are given. Raises UserError for anything else than
    numbers, and for numbers that are missing or infinite.
    """
    values, names = _of_frame(given, name, columns) if _is_frame(given) else (_array(given, name), ())
    if values.dtype.kind not in "biuf":
        raise UserError(f"{name}: holds {values.dtype}, not numbers")
    if values.ndim == 0:
        raise UserError(f"{name}: is {type(given).__name__}, not an array; rows, images or a series have 1 to 4 axes")
    if values.dtype.kind == "f" and not (finite := np.isfinite(values)).all():
        count, first = int((~finite).sum()), place(~finite, names)
        raise UserError(f"{name}: {count} numbers are missing or infinite, the first in {first}; correct or drop them")
    return Numbers(values, names)


def labels(given: Any, count: int, name: str) -> Array:  # noqa: ANN401 - any array-like
    """Labels (N,), one for each of `count` rows: numbers or texts. Raises UserError, which calls them `name`."""
    values = _array(given, name)
    if values.shape == (count, 1):
        values = values[:, 0]
    if values.ndim != 1:
        raise UserError(f"{name}: an array of shape {values.shape}; labels have one axis")
    if len(values) != count:
        raise UserError(f"{name}: {len(values)} labels for {count} rows")
    if missing := count_missing(values):
        raise UserError(f"{name}: {missing} labels are missing")
    return values.astype(str) if values.dtype.kind == "O" else values


@contextmanager
def named(name: str, path: Path | None) -> Iterator[None]:
    """In the body, an error about the data in the file at `path`, if there is one, says `name` instead of the file."""
    try:
        yield
    except UserError as error:
        if path is None:
            raise
        raise UserError(str(error).replace(f"data.path={path}", name).replace(path.name, name)) from None


def _is_frame(given: object) -> bool:
    return hasattr(given, "iloc") and hasattr(given, "columns")


def _array(given: Any, name: str) -> Array:  # noqa: ANN401 - any array-like
    if type(given).__module__.partition(".")[0] == "torch":
        given = given.detach().cpu()
        given = given.float() if given.is_floating_point() and given.element_size() < 4 else given  # no bfloat16
    if hasattr(given, "toarray"):
        raise UserError(f"{name}: is sparse ({type(given).__name__}); {name}.toarray() is a dense array")
    try:
        return np.asarray(given)
    except ValueError:  # lists of different lengths
        raise UserError(f"{name}: rows of different lengths") from None


def _of_frame(frame: Frame, name: str, columns: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    frame = frame.set_axis([str(column) for column in frame.columns], axis="columns")
    if lacking := [column for column in columns if column not in frame.columns]:
        raise UserError(f"{name}: has no column {listed(lacking)}; it has {listed(list(frame.columns))}")
    names = tuple(columns) or tuple(frame.columns)
    if twice := [column for column in names if list(frame.columns).count(column) > 1]:
        raise UserError(f"{name}: has several columns named {twice[0]}")
    frame = frame[list(names)]
    for column, dtype in frame.dtypes.items():
        if dtype.kind not in "biuf":
            raise UserError(
                f"{name}: column {column} holds {dtype}, not numbers; leave it out, or pass it as y if it is the label"
            )
    plain = {dtype for dtype in frame.dtypes if isinstance(dtype, np.dtype)}
    same = len(plain) == 1 and len({*frame.dtypes}) == 1
    return frame.to_numpy() if same else frame.to_numpy(dtype=np.float64, na_value=np.nan), names
