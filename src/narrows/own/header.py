"""Does the first row of a table hold the names of its columns, or numbers? The other rows decide."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from narrows.own.dialect import GAPS, PEEKED
from narrows.own.number_marks import is_number
from narrows.own.raw import Array, Frame

WHOLE = re.compile(r"[+-]?\d+")  # a whole number as pandas writes it
YEARS = (1800, 2100)
FEW = 4  # numbers with equal steps: three are met by chance
DIGITS = 6  # of a number that was measured, at most
MANY = 8  # increasing or decreasing numbers: by chance one row in 20,000 has as many


def has_header(first: Sequence[str], body: Frame) -> bool:
    """Whether `first`, the fields of the first row, are the names of the columns of `body`, the other rows.

    Only columns of numbers are looked at. A word above numbers is a name. Numbers above numbers are names if they are a
    sequence, such as 0, 1, 2 or years, and no other row is one. Where words and numbers stand above numbers, a word may
    stand for a missing value (?, n.a.), so the numbers have to be a sequence as well. An empty first field is the name
    that pandas gives to its index if the column below it holds distinct whole numbers; other gaps decide nothing.
    """
    by_position = {position: _numbers(body.iloc[:, position]) for position in range(len(first))}
    columns = {position: numbers for position, numbers in by_position.items() if numbers is not None}
    over = {position: first[position] for position in columns}
    words = [text for text in over.values() if text not in GAPS and not is_number(text)]
    positions = [position for position, text in over.items() if text not in GAPS and is_number(text)]
    if not columns:
        return not any(is_number(text) for text in first)
    named = any(character.isalpha() for text in words for character in text)
    indexed = over.get(0) == "" and is_index(columns[0])
    if not positions:
        return named or (indexed and not words)
    names = np.array([float(first[position]) for position in positions])
    if not words and len(names) == 1:  # pandas calls a series 0
        return first[positions[0]] == "0" and (indexed or not _whole(columns[positions[0]][:, None]).any())
    rows = np.column_stack([columns[position] for position in positions])
    whole = all(WHOLE.fullmatch(first[position]) for position in positions)
    return _is_sequence(names, rows, whole) and (named or not words)


def _numbers(column: Frame) -> Array | None:
    """A column as numbers, missing ones as nan; None if less than half of what is there are numbers."""
    import pandas as pd

    values = np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)
    present = int(column.notna().sum())
    return values if present and int(np.isfinite(values).sum()) * 2 >= present else None


def is_index(values: Array) -> bool:
    """Whether these are distinct whole numbers, as the numbers of rows are."""
    return bool(
        np.isfinite(values).all() and (values == np.round(values)).all() and len(np.unique(values)) == len(values)
    )


def _whole(rows: Array) -> Array:
    return np.asarray((rows == np.round(rows)).all(1))


def _years(rows: Array) -> Array:
    within = (rows >= YEARS[0]) & (rows <= YEARS[1])
    return np.asarray(_whole(rows) & within.all(1) & _monotonic(rows))


def _counts(rows: Array) -> Array:
    """Rows 0, 1, 2, … and 1, 2, 3, …."""
    return np.asarray(np.isin(rows[:, 0], (0, 1)) & (_steps(rows) == 1).all(1))


def _even_steps(rows: Array) -> Array:
    """Rows of `FEW` or more numbers with equal steps, such as wavelengths."""
    steps = _steps(rows)
    equal = np.abs(steps - steps[:, :1]) <= 1e-6 * np.abs(steps[:, :1])
    return np.asarray(_monotonic(rows) & equal.all(1) & (rows.shape[1] >= FEW))


def _many_increasing(rows: Array) -> Array:
    return np.asarray(_monotonic(rows) & (rows.shape[1] >= MANY))


def _monotonic(rows: Array) -> Array:
    steps = _steps(rows)
    return np.asarray((steps > 0).all(1) | (steps < 0).all(1))


def _steps(rows: Array) -> Array:
    """Differences of neighbouring columns; missing and infinite numbers make a row no sequence."""
    return np.diff(np.where(np.isfinite(rows), rows, np.nan), axis=1)


Kind = Callable[[Array], Array]

#: Sequences of numbers that are written with a decimal point, such as wavelengths; 0.0, 1.0 are measurements.
MEASURED: tuple[Kind, ...] = (_even_steps, _many_increasing)
#: Sequences of numbers that are written without one, such as pandas' 0, 1, 2.
COUNTED: tuple[Kind, ...] = (_counts, _years, *MEASURED)


def _is_sequence(names: Array, rows: Array, whole: bool) -> bool:
    """Whether `names` (C,) are a sequence, and none of the `rows` (N, C) is one of the same kind.

    `whole`: they are written without a decimal point. If rows were sequences by chance, one in k, then the first one
    would be the only one in at most 1/(e N) of all tables with N rows. Increasing whole numbers above rows that each
    hold a fraction are names if they are `FEW` or more, or if all columns are computed: else two or three may be the
    state in which an experiment begins. A table whose rows all have the same steps, such as 1, 2, 3 above 4, 5, 6, has
    no names.
    """
    first = names[None]
    if (_steps(rows) == _steps(first)).all():
        return False
    if whole and _monotonic(first)[0] and not _whole(rows).any() and (len(names) >= FEW or _are_computed(rows)):
        return True
    return any(kind(first)[0] and not kind(rows).any() for kind in (COUNTED if whole else MEASURED))


def _are_computed(rows: Array) -> bool:
    """Whether most numbers of each column have more digits than people write and instruments measure."""
    rounded = [[float(f"{number:.{DIGITS}g}") for number in row] for row in rows[:PEEKED]]
    return bool(((rows[:PEEKED] != rounded).mean(0) > 0.5).all())
