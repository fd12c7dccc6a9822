"""A user's own file or folder as samples (N, C, H, W) in a fixed order, with the test split at the end.

A row of a table and a text are (1, 1, D), a window of a series is (C, 1, length). Nothing is scaled here: scaling needs
the training split, see `data.preparation`.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from narrows.errors import UserError
from narrows.own.bag_of_words import count_words, drop_empty
from narrows.own.folders import contents
from narrows.own.formats import reader
from narrows.own.raw import Array, Raw
from narrows.own.request import Kind, Request


@dataclass(frozen=True)
class Samples:
    """values uint8 or float32 (N, C, H, W), of which the last `test` are the test split; labels int64 (N,).

    `classes` are the names of the labels by number; `columns` are the names of a table's columns or the words of texts.
    `checksum` is the sha256 of the file or folder.
    """

    kind: Kind
    values: Array
    labels: Array
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    test: int
    checksum: str

    @property
    def train(self) -> int:
        """Number of rows before the test split."""
        return len(self.values) - self.test


def read(request: Request) -> Samples:
    """The samples of a request; cached until a file changes on disk. Raises UserError if it cannot be used as data."""
    reader(request.path)  # raises if nothing is there, before files are looked at
    files = contents(request.path)
    return _read(request, hash(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)))


@lru_cache(maxsize=4)  # the runs of a study share their data
def _read(request: Request, stamp: int) -> Samples:
    """As `read`. `stamp` changes with the files, so that a changed file is not taken from the cache."""
    raw = _raw(request)
    if request.window:
        raw = _windows(raw, request.window, request.path)
    order, test = _order(len(raw.values), request)
    labels, classes = _numbered(raw.labels, len(raw.values), request)
    values, columns = _values(raw, order, len(raw.values) - test, request)
    if raw.kind == "texts" and request.path.is_file() and test:
        values, order, test = drop_empty(values, order, test, request)
    return Samples(raw.kind, values, labels[order], classes, columns, test, checksum(request.path))


def _raw(request: Request) -> Raw:
    try:
        columns = None if request.columns is None else list(request.columns)
        return reader(request.path)(request.path, columns, request.label)
    except UserError:
        raise
    except Exception as error:  # the libraries of the formats raise many kinds of errors for a broken file
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"data.path={request.path}: cannot be read ({why})") from None


def _order(count: int, request: Request) -> tuple[Array, int]:
    """A fixed permutation of the rows and the number of test rows at its end; without test rows, the file's order."""
    size = request.test_size
    if size == 0:
        return np.arange(count), 0
    test = int(size) if size >= 1 else max(1, round(size * count))
    if test >= count:
        raise UserError(
            f"data.test_size={size:g}: {request.path.name} has {count} samples, which leaves none for training"
        )
    return np.random.RandomState(0).permutation(count), test  # RandomState never changes between NumPy's versions


def _windows(raw: Raw, length: int, path: Path) -> Raw:
    """A series (T,) or (T, C) as windows (N, C, 1, length) without overlap; a remainder at the end is dropped."""
    if raw.kind != "table" or raw.labels is not None:
        kind = "one with labels" if raw.kind == "table" else raw.kind
        raise UserError(f"data.window={length}: cuts a series, {path.name} is {kind}")
    series = raw.values.reshape(len(raw.values), -1)
    count = len(series) // length
    if count < 3:
        raise UserError(f"data.window={length}: {path.name} has {len(series)} rows, too few for 3 windows")
    windows = series[: count * length].reshape(count, length, series.shape[1])
    return Raw("series", windows.transpose(0, 2, 1)[:, :, None])


def _numbered(labels: Array | None, count: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """Labels as numbers from 0, sorted by name, and the names; without labels, zeros and no names."""
    if labels is None:
        return np.zeros(count, dtype=np.int64), ()
    if labels.shape != (count,):
        raise UserError(f"data.label={request.label}: labels of shape {labels.shape} for {count} rows")
    if labels.dtype.kind == "f" and (labels == np.round(labels)).all():
        labels = labels.astype(np.int64)  # the label 1.0 is named 1
    names, numbers = np.unique(labels.astype(str) if labels.dtype.kind == "O" else labels, return_inverse=True)
    return numbers.astype(np.int64), tuple(map(str, names))


def _values(raw: Raw, order: Array, train: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """The rows as uint8 or float32 (N, C, H, W) in this order, and the names of their columns."""
    if raw.kind == "texts":
        return count_words(raw.values[order], train, request)
    values = raw.values.reshape(len(raw.values), 1, 1, -1) if raw.values.ndim < 4 else raw.values
    if values[0].size < 2:
        raise UserError(f"data.path={request.path}: one number per row; data.window=LENGTH cuts a series into windows")
    if values.dtype != np.uint8:
        _check_finite(values, request.path)
        values = values.astype(np.float32)
    return np.ascontiguousarray(values[order]), raw.columns


def _check_finite(values: Array, path: Path) -> None:
    if bad := int((~np.isfinite(values)).sum()):
        raise UserError(f"data.path={path}: {bad} numbers are missing or infinite; fill or drop them first")


def checksum(path: Path) -> str:
    """Sha256 of a file; of a folder, over the names and sha256 of its images and texts."""
    if not path.is_dir():
        return _sha256(path)
    lines = [f"{file.relative_to(path).as_posix()} {_sha256(file)}\n" for file in contents(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
