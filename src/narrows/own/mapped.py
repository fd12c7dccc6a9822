"""Arrays that are too large for memory: mapped from files, and worked on in blocks of rows."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from narrows import memory
from narrows.errors import UserError
from narrows.own.raw import Array

#: Share of the free memory beyond which an array is mapped: beside it there are its copies in order and scaled.
SHARE = 0.25

#: Numbers that are worked on at once, 1 GiB in 64 bits. Statistics of more than that are merged from blocks, whether
#: the array is in memory or mapped, so that both give the same bits.
BLOCK = 2**27


def too_large(size: int) -> bool:
    """Whether an array of so many bytes is to be mapped from a file."""
    return size > SHARE * memory.free()


def allocated(shape: Sequence[int], dtype: DTypeLike) -> Array:
    """An array to be filled, in memory or, if it is too large, in a temporary file that goes with it.

    The file is in the folder that TMPDIR names, else in /var/tmp, since /tmp is in memory on many machines. Raises
    UserError if it does not fit there.
    """
    size = prod(shape) * np.dtype(dtype).itemsize
    if not too_large(size):
        return np.empty(shape, dtype)
    folder = os.environ.get("TMPDIR", "/var/tmp")
    try:
        with TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a write to a mapped file that finds the disk full is a crash
            return np.memmap(file, dtype, "r+", shape=tuple(shape))
    except OSError as error:
        raise UserError(
            f"data.path: {memory.gigabytes(size)} do not fit into memory, nor into {folder} ({error.strerror}); "
            "TMPDIR names another folder"
        ) from None


def blocks(shape: Sequence[int]) -> Iterator[slice]:
    """The rows of an array of this shape, in slices of at most `BLOCK` numbers, but of one row at least."""
    rows = max(1, BLOCK // max(1, prod(shape[1:])))
    return (slice(start, min(start + rows, shape[0])) for start in range(0, shape[0], rows))


def filled(shape: Sequence[int], dtype: DTypeLike, rows_of: Callable[[slice], Any]) -> Array:
    """An array whose rows in each slice are `rows_of` the slice, rounded to its type as `astype` does."""
    array = allocated(shape, dtype)
    for rows in blocks(shape):
        array[rows] = rows_of(rows)
    return array


@dataclass(frozen=True)
class Moments:
    """Mean and population standard deviation of each column or channel, arrays or tensors, over `count` numbers."""

    count: int
    mean: Any
    std: Any

    def __add__(self, other: "Moments") -> "Moments":
        """Those of both together (Chan et al. 1979, eq. 2.1)."""
        count = self.count + other.count
        difference = other.mean - self.mean
        within = (self.std**2 * self.count + other.std**2 * other.count) / count
        between = difference**2 * (self.count * other.count / count**2)
        return Moments(count, self.mean + difference * (other.count / count), (within + between) ** 0.5)
