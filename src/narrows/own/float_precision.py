"""Do the numbers of a file fit into 32 bits before they are scaled?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.raw import Array

LOST = 1e-5  # of a column's standard deviation: rounding to 32 bits may change a number by so much before it is scaled
LARGEST = 1e150  # whose square is a number in 64 bits: standard deviations need it


def single_or_double(values: Array, by_column: bool) -> Array:
    """Numbers (N, C, H, W) as float32 or, if that would change a column (else a channel) too much, as float64.

    A column of 1e39 or of seconds since 1970 keeps 64 bits until it is scaled.
    """
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if values.dtype in (np.float32, np.float16, np.int16, np.uint16, np.int8, np.bool_):
        return single
    numbers = values.astype(np.float64)
    axes = 0 if by_column else (0, 2, 3)
    with np.errstate(over="ignore", invalid="ignore"):
        lost, spread, mean = np.abs(numbers - single).max(axes), numbers.std(axes), np.abs(numbers.mean(axes))
    varies = spread > 1e-12 * mean
    return single if np.isfinite(single).all() and not (varies & (lost > LOST * spread)).any() else numbers


def refuse_unusable(values: Array, columns: Sequence[str], path: Path) -> None:
    """Raises UserError for numbers that are missing, infinite or cannot be scaled, and says where the first one is."""
    if values.dtype.kind != "f":
        return
    missing = ~np.isfinite(values)
    if count := int(missing.sum()):
        raise UserError(
            f"data.path={path}: {count} numbers are missing or infinite, the first in {place(missing, columns)}; "
            "correct or drop them first"
        )
    with np.errstate(over="ignore"):  # of LARGEST in 16 or 32 bits
        large = np.abs(values) > LARGEST
    if large.any():
        raise UserError(
            f"data.path={path}: numbers beyond {LARGEST:g}, the first in {place(large, columns)}, cannot be scaled"
        )


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
