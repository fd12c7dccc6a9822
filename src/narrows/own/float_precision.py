"""How many bits the numbers of a file need before they are scaled, and which numbers cannot be scaled."""

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.mapped import Moments, blocks
from narrows.own.raw import Array, listed

LOST = 1e-5  # of a column's standard deviation: rounding to 32 bits may change a number by so much before it is scaled
LARGEST = 1e150  # whose square is a number in 64 bits: standard deviations need it
SMALLEST = 1e-150  # whose square is not 0 in 64 bits
NOISE = 1e-12  # of a column's mean: smaller standard deviations are rounding errors, see `data.preparation`


def single_or_double(values: Array, by_column: bool) -> type[np.float32 | np.float64]:
    """The type for numbers (N, C, H, W): float32 or, if that would change a column (else a channel) too much, float64.

    A column of 1e39 or of seconds since 1970 keeps 64 bits until it is scaled. So do numbers of 32 bits whose mean is
    so large that the mean, which is subtracted, needs 64.
    """
    if values.dtype in (np.float16, np.int16, np.uint16, np.int8, np.bool_):
        return np.float32
    axes = (0,) if by_column else (0, 2, 3)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, spread = _mean_and_std(values, axes)
        lost = np.abs(mean - mean.astype(np.float32))
        if values.dtype != np.float32:
            lost = reduce(np.maximum, (_rounding(values[rows], axes) for rows in blocks(values.shape)), lost)
    needed = (spread > NOISE * np.abs(mean)) & (lost > LOST * spread)
    return np.float64 if needed.any() or not np.isfinite(lost).all() else np.float32


def _mean_and_std(values: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    moments = reduce(operator.add, (_moments(values[rows], axes) for rows in blocks(values.shape)))
    return moments.mean, moments.std


def _moments(values: Array, axes: tuple[int, ...]) -> Moments:
    count = prod(values.shape[axis] for axis in axes)
    return Moments(count, values.mean(axes, dtype=np.float64), values.std(axes, dtype=np.float64))


def _rounding(values: Array, axes: tuple[int, ...]) -> Array:
    """The largest change by rounding to 32 bits; infinite for numbers beyond those."""
    changes: Array = np.abs(values.astype(np.float64) - values.astype(np.float32)).max(axes)
    return changes


def refuse_unusable(values: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for numbers that are missing, infinite or cannot be scaled, and says where the first one is."""
    if values.dtype.kind in "iu" and values.dtype.itemsize > 4:  # others are below 1 / NOISE
        for position, numbers in enumerate(values.T if values.ndim == 2 else [values]):
            refuse_too_alike(numbers.ravel(), _named(columns, position), path)
    if values.dtype.kind != "f":
        return
    missing, first = _marked(values, lambda numbers: ~np.isfinite(numbers), columns)
    if missing:
        raise UserError(
            f"data.path={path}: {missing} numbers are missing or infinite, the first in {first}; "
            "correct or drop them first"
        )
    with np.errstate(over="ignore"):  # of LARGEST in 16 or 32 bits
        large, first = _marked(values, lambda numbers: np.abs(numbers) > LARGEST, columns)
    if large:
        raise UserError(f"data.path={path}: numbers beyond {LARGEST:g}, the first in {first}, cannot be scaled")
    if values.ndim == 2:
        largest = reduce(np.maximum, (np.abs(values[rows]).max(0) for rows in blocks(values.shape)))
        _refuse_tiny(largest, columns, path)


def _marked(values: Array, marks: Callable[[Array], Array], columns: Sequence[str]) -> tuple[int, str]:
    """How many numbers (N, …) are marked, and where the first one is."""
    count, first = 0, ""
    for rows in blocks(values.shape):
        marked = marks(values[rows])
        if marked.any() and not count:
            first = place(marked, columns, rows.start)
        count += int(marked.sum())
    return count, first


def _refuse_tiny(largest: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for a column whose largest number (D,) has a square that is 0 in 64 bits."""
    if (tiny := (largest > 0) & (largest < SMALLEST)).any():
        column = _named(columns, int(tiny.argmax()))
        raise UserError(f"data.path={path}: all numbers in column {column} are below {SMALLEST:g} and cannot be scaled")


def _named(columns: Sequence[str], position: int) -> str:
    return columns[position] if columns else str(position)


def refuse_too_alike(numbers: Array, column: str, path: Path) -> None:
    """Raises UserError for whole numbers (N,), of any length, that differ by less than floats of 64 bits resolve.

    The identifiers 4611686018427387904 and 4611686018427387905, for example, would be the same number.
    """
    smallest, largest = int(numbers.min()), int(numbers.max())
    if smallest == largest or max(-smallest, largest) < 1 / NOISE:
        return
    spread = np.std([float(int(number) - smallest) for number in numbers])
    if spread <= NOISE * max(-smallest, largest):
        raise UserError(
            f"data.path={path}: column {column} holds numbers such as {largest} that differ too little for 64 bits; "
            "subtract the smallest first, or leave it out"
        )


def taken_as_constant(values: Array, columns: Sequence[str]) -> tuple[str, ...]:
    """A note on the columns of floats (N, D) whose numbers differ, but only by rounding errors."""
    if values.dtype.kind != "f" or values.ndim != 2:
        return ()
    differ = values.min(0) != values.max(0)
    mean, std = _mean_and_std(values, (0,))
    alike = differ & (std <= NOISE * np.abs(mean))
    names = [_named(columns, position) for position in np.flatnonzero(alike).tolist()]
    return (f"taken as constant, since they differ by rounding errors only: {listed(names)}",) if names else ()


def refuse_beyond_single(values: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for numbers (N, C, H, W) beyond the largest one of 32 bits, for data that are not scaled."""
    largest = float(np.finfo(np.float32).max)
    large, first = _marked(values, lambda numbers: np.abs(numbers) > largest, columns)
    if large and values.dtype != np.float32:
        raise UserError(
            f"data.scale=none: {path.name} holds numbers beyond {largest:.1e}, the first in {first}, which networks of "
            "32 bits cannot take; data.scale=standard and range scale them"
        )


def place(marked: Array, columns: Sequence[str], before: int = 0) -> str:
    """Where the first mark in (N, …) is: the row, and the column by its name or the position in the row.

    `before` rows of the file come before these.
    """
    row, *position = (int(index) for index in np.argwhere(marked)[0])
    row += before + 1
    if columns and position:
        return f"column {columns[position[-1]]} in row {row}"
    return f"row {row}" + (f" at {position if len(position) > 1 else position[0]}" if position else "")
