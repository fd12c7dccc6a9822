"""How many bits the numbers of a file need before they are scaled, and which numbers cannot be scaled."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array, listed

LOST = 1e-5  # of a column's standard deviation: rounding to 32 bits may change a number by so much before it is scaled
LARGEST = 1e150  # whose square is a number in 64 bits: standard deviations need it
SMALLEST = 1e-150  # whose square is not 0 in 64 bits
NOISE = 1e-12  # of a column's mean: smaller standard deviations are rounding errors, see `data.preparation`


def single_or_double(values: Array, by_column: bool) -> Array:
    """Numbers (N, C, H, W) as float32 or, if that would change a column (else a channel) too much, as float64.

    A column of 1e39 or of seconds since 1970 keeps 64 bits until it is scaled. So do numbers of 32 bits whose mean is
    so large that the mean, which is subtracted, needs 64.
    """
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if values.dtype in (np.float16, np.int16, np.uint16, np.int8, np.bool_):
        return single
    axes = 0 if by_column else (0, 2, 3)
    with np.errstate(over="ignore", invalid="ignore"):
        spread, mean = values.std(axes, dtype=np.float64), values.mean(axes, dtype=np.float64)
        lost = np.abs(mean - mean.astype(np.float32))
        if values.dtype != np.float32:
            lost = np.maximum(lost, np.abs(values.astype(np.float64) - single).max(axes))
    needed = (spread > NOISE * np.abs(mean)) & (lost > LOST * spread)
    return values.astype(np.float64) if needed.any() or not np.isfinite(single).all() else single


def refuse_unusable(values: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for numbers that are missing, infinite or cannot be scaled, and says where the first one is."""
    if values.dtype.kind in "iu":
        for position, numbers in enumerate(values.T if values.ndim == 2 else [values]):
            refuse_too_alike(numbers.ravel(), _named(columns, position), path)
    if values.dtype.kind != "f":
        return
    missing = ~np.isfinite(values)
    if count := int(missing.sum()):
        raise UserError(
            f"data.path={path}: {count} numbers are missing or infinite, the first in {place(missing, columns)}; "
            "correct or drop them first"
        )
    with np.errstate(over="ignore"):  # of LARGEST in 16 or 32 bits
        sizes = np.abs(values)
        large = sizes > LARGEST
    if large.any():
        raise UserError(
            f"data.path={path}: numbers beyond {LARGEST:g}, the first in {place(large, columns)}, cannot be scaled"
        )
    if values.ndim == 2:
        _refuse_tiny(sizes.max(0), columns, path)


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
    numbers = values.astype(np.float64)
    alike = differ & (numbers.std(0) <= NOISE * np.abs(numbers.mean(0)))
    names = [_named(columns, position) for position in np.flatnonzero(alike).tolist()]
    return (f"taken as constant, since they differ by rounding errors only: {listed(names)}",) if names else ()


def refuse_beyond_single(values: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for numbers (N, C, H, W) beyond the largest one of 32 bits, for data that are not scaled."""
    largest = float(np.finfo(np.float32).max)
    if values.dtype != np.float32 and (large := np.abs(values) > largest).any():
        raise UserError(
            f"data.scale=none: {path.name} holds numbers beyond {largest:.1e}, the first in {place(large, columns)}, "
            "which networks of 32 bits cannot take; data.scale=standard and range scale them"
        )


def place(marked: Array, columns: Sequence[str]) -> str:
    """Where the first mark in (N, …) is: the row, and the column by its name or the position in the row."""
    row, *position = (int(index) for index in np.argwhere(marked)[0])
    if columns and position:
        return f"column {columns[position[-1]]} in row {row + 1}"
    return f"row {row + 1}" + (f" at {position if len(position) > 1 else position[0]}" if position else "")
