"""A user's own file or folder as samples (N, C, H, W) in a fixed order, with the test split at the end.

A row of a table and a text are (1, 1, D), a window of a series is (C, 1, length). Nothing is scaled here: scaling needs
the training split, see `data.preparation`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from narrows.errors import UserError, one_line
from narrows.own.bag_of_words import count_words, drop_empty
from narrows.own.contents import contents
from narrows.own.float_precision import refuse_beyond_single, refuse_unusable, single_or_double, taken_as_constant
from narrows.own.formats import reader
from narrows.own.labels import numbered
from narrows.own.mapped import filled
from narrows.own.notes import say
from narrows.own.raw import Array, Raw
from narrows.own.request import Kind, Request
from narrows.own.text_files import NO_TEXT


@dataclass(frozen=True)
class Samples:
    """values uint8, float32 or float64 (N, C, H, W), the last `test` are the test split; labels int64 (N,).

    `classes` are the names of the labels by number; `columns` are the names of a table's columns, also of a table that
    is cut into windows, or the words of texts. `checksum` is the sha256 of the file or folder and of the rules by which
    it was read, `notes` and `header` are as in `Raw`.
    """

    kind: Kind
    values: Array
    labels: Array
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    test: int
    checksum: str
    notes: tuple[str, ...] = ()
    header: bool | None = None

    @property
    def train(self) -> int:
        """Number of rows before the test split."""
        return len(self.values) - self.test


def read(request: Request) -> Samples:
    """The samples of a request; cached until a file changes on disk. Raises UserError if it cannot be used as data.

    Says what was taken for granted, see `own.notes`.
    """
    reader(request.path)  # raises if nothing is there, before files are looked at
    files = contents(request.path).files
    samples = _read(request, hash(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)))
    say(request.path, samples.notes)
    return samples


def refuse_unscaled(request: Request) -> None:
    """Raises UserError if the numbers have to be scaled, since 32 bits do not hold them."""
    samples = read(request)
    refuse_beyond_single(samples.values, samples.columns, request.path)


@lru_cache(maxsize=4)  # the runs of a study share their data
def _read(request: Request, stamp: int) -> Samples:
    """As `read`. `stamp` changes with the files, so that a changed file is not taken from the cache."""
    raw = _raw(request)
    if raw.kind != "texts":
        refuse_unusable(raw.values, raw.columns, request.path)
    if request.window:
        raw = _windows(raw, request.window, request.path)
    order, test = _order(len(raw.values), request)
    labels, classes = numbered(raw.labels, len(raw.values), request)
    values, columns = _values(raw, order, len(raw.values) - test, request)
    if raw.kind == "texts" and request.path.is_file() and test:
        values, order, test = drop_empty(values, order, test, request)
    rules = (*raw.rules, *(("float64",) if values.dtype == np.float64 else ()))
    sha256 = checksum(request.path, rules)
    notes = (*raw.notes, *(taken_as_constant(raw.values, columns) if raw.kind == "table" else ()))
    return Samples(raw.kind, values, labels[order], classes, columns, test, sha256, notes, raw.header)


def _raw(request: Request) -> Raw:
    try:
        return reader(request.path)(request)
    except UserError:
        raise
    except UnicodeError:
        raise UserError(f"data.path={request.path}: {NO_TEXT}") from None
    except Exception as error:  # the libraries of the formats raise many kinds of errors for a broken file
        why = one_line(error)
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
    windows = series[: count * length].reshape(count, length, series.shape[1]).transpose(0, 2, 1)[:, :, None]
    rest = len(series) - count * length
    notes = (*raw.notes, *((f"left out: the last rows, which fill no window ({rest})",) if rest else ()))
    return replace(raw, kind="series", values=windows, notes=notes)


def _values(raw: Raw, order: Array, train: int, request: Request) -> tuple[Array, tuple[str, ...]]:
    """The rows as uint8, float32 or float64 (N, C, H, W) in this order, and the names of their columns."""
    if raw.kind == "texts":
        return count_words(raw.values[order], train, request)
    values = raw.values.reshape(len(raw.values), 1, 1, -1) if raw.values.ndim < 4 else raw.values
    if values[0].size < 2:
        raise UserError(f"data.path={request.path}: one number per row; data.window=LENGTH cuts a series into windows")
    dtype: type[np.generic] = np.uint8
    if values.dtype != np.uint8:
        dtype = np.float64 if request.double else single_or_double(values, by_column=raw.kind == "table")
    return filled(values.shape, dtype, lambda rows: values[order[rows]]), raw.columns


def checksum(path: Path, rules: Sequence[str] = ()) -> str:
    """Sha256 of a file; of a folder, over the names and sha256 of its images and texts. With rules, over these as well.

    Rules are those of `Raw`: without any, the checksum is that of version 0.1.0.
    """
    if not path.is_dir():
        whole = _sha256(path)
    else:
        lines = [f"{file.relative_to(path).as_posix()} {_sha256(file)}\n" for file in contents(path).files]
        whole = hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()
    return hashlib.sha256("\n".join([whole, *rules]).encode()).hexdigest() if rules else whole


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
