"""Columns of a table that are no features: the numbers or names of its rows, and what a separator too many leaves."""

import re
from collections.abc import Collection

import numpy as np

from narrows.own.header import is_index
from narrows.own.raw import Array, Frame, listed
from narrows.own.request import Request, matching

#: What pandas calls a column without a name, with a second number where it read such a file and wrote it again; and
#: what other programs call pandas' index.
UNNAMED = re.compile(r"(Unnamed: \d+(\.\d+)*|__index_level_\d+__|)")
#: Names of columns that number the rows, as pandas, R and people call them.
IDENTIFIERS = frozenset(("index", "id", "level_0", "row", "rownames", "key", "no", "nr", "#"))
SHORTEST = 3  # numbers 0, 1, 2 that count rows


def without_index(frame: Frame, named: bool, request: Request) -> tuple[Frame, tuple[str, ...], tuple[str, ...]]:
    """The table without columns that are no features and that the request does not name; then notes and rules."""
    requested = [*(request.columns or ()), request.label]
    wanted = {matching(name, list(frame.columns)) for name in requested if name is not None}
    notes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    while len(set(frame.columns) - wanted) > 1 and frame.columns[0] not in wanted and _counts_rows(frame, named):
        notes = ("left out: the first column, which has no name and numbers the rows",)
        rules = rules if _left_out_before(frame, named) else ("index",)
        frame = frame.iloc[:, 1:]
        if not named:
            break
    last = frame.columns[-1] if len(frame.columns) else ""
    if (not named or UNNAMED.fullmatch(last)) and last not in wanted and frame[last].isna().all() and len(frame):
        frame, notes = frame.iloc[:, :-1], (*notes, "left out: an empty column at the end")
    return frame, (*notes, *(_kept(frame, wanted) if named and request.columns is None else ())), rules


def _kept(frame: Frame, wanted: Collection[str | None]) -> list[str]:
    """Notes on columns that are probably no features, but were not left out."""
    names = [name for name in frame.columns if name not in wanted]
    unnamed = [name for name in names if UNNAMED.fullmatch(name)]
    first = [name for name in names[:1] if len(names) > 1 and name not in unnamed and _identifies(name, frame[name])]
    return [
        f"columns {why} are kept, data.columns=[…] leaves them out: {listed(kept)}"
        for why, kept in (("without a name", unnamed), ("that number the rows", first))
        if kept
    ]


def _identifies(name: str, column: Frame) -> bool:
    """Whether a column with a name numbers the rows: 0, 1, 2, … or, if its name says so, any distinct numbers."""
    if column.dtype.kind not in "iu":
        return False
    numbers = np.asarray(column, dtype=np.float64)
    ordered = _is_count(numbers) and bool((np.diff(numbers) > 0).all())
    return ordered or (name.lower() in IDENTIFIERS and is_index(numbers))


def _counts_rows(frame: Frame, named: bool) -> bool:
    """Whether the first column numbers or names the rows.

    Without a name, that is any column of distinct whole numbers or distinct words, or one that counts from 0 or 1
    several times, as in joined tables. Where no column has a name it is one of 0, 1, 2, … or 1, 2, 3, …, in this order,
    or in any if no other column is such a one, as ranks are.
    """
    first = frame.iloc[:, 0]
    if first.dtype.kind not in "iuf":
        return bool(named and UNNAMED.fullmatch(frame.columns[0]) and first.notna().all() and first.is_unique)
    numbers = np.asarray(first, dtype=np.float64)
    if named:
        return bool(UNNAMED.fullmatch(frame.columns[0])) and (is_index(numbers) or _restarts(numbers))
    if not _is_count(numbers):
        return False
    others = (frame.iloc[:, position] for position in range(1, len(frame.columns)))
    ordered = bool((np.diff(numbers) > 0).all())
    return ordered or not any(_is_count(np.asarray(o, dtype=np.float64)) for o in others if o.dtype.kind in "iuf")


def _restarts(numbers: Array) -> bool:
    """Whether these are runs of three or more numbers 0, 1, 2, … or 1, 2, 3, …."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(numbers) != 1) + 1])
    lengths = np.diff([*starts, len(numbers)])
    return bool(np.isin(numbers[starts], (0, 1)).all() and (lengths >= SHORTEST).all())


def _is_count(numbers: Array) -> bool:
    """Whether these are three or more numbers 0, 1, 2, … or 1, 2, 3, … in any order."""
    if len(numbers) < SHORTEST or not is_index(numbers):
        return False
    return bool(numbers.min() in (0, 1) and numbers.max() - numbers.min() == len(numbers) - 1)


def _left_out_before(frame: Frame, named: bool) -> bool:
    """Whether version 0.1.0 left the first column out as well."""
    return named and frame.columns[0].startswith("Unnamed") and frame.iloc[:, 0].tolist() == list(range(len(frame)))
