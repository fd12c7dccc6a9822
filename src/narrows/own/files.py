"""Data of the user's own: from a file or folder to images (N, C, H, W) in a fixed order, the test split at its end.

A row of a table and a text are (1, 1, D), a window of a series (C, 1, length). Nothing here is scaled: that is done
when the training split is known, see `scaling`.
"""

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from narrows.config.catalogue import Entry, Kind
from narrows.errors import UserError
from narrows.own.folders import contents
from narrows.own.formats import reader
from narrows.own.raw import Array, Label, Raw

if TYPE_CHECKING:
    from narrows.config.data_section import Arrays

PACKAGE = "package:"


class Asked(NamedTuple):
    """What decides the numbers that are read, and whether the file is still the one that was read before."""

    path: Path
    columns: tuple[Label, ...] | None
    label: Label | None
    window: int | None
    words: int | tuple[str, ...]
    test_size: float
    stamp: int


@dataclass(frozen=True)
class Own:
    """values uint8 or float32 (N, C, H, W), of which the last `test` are for the test; labels int64 (N,).

    `classes` are the names of the labels, `columns` those of the numbers: a table's columns, the words of texts.
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
        return len(self.values) - self.test

    @property
    def entry(self) -> Entry:
        """What a config is checked against."""
        counts = np.bincount(self.labels[: self.train], minlength=len(self.classes)).tolist()
        channels, height, width = self.values.shape[1:]
        return Entry(
            train=self.train,
            test=self.test,
            files={"": self.checksum},
            classes=dict(zip(self.classes, counts, strict=False)),
            kind=self.kind,
            shape=(channels, height, width),
            bytes=self.values.dtype == np.uint8,
        )


def read(data: "Arrays", words: Sequence[str] | None = None) -> Own:
    """What `data` describes; `words`, if given, are those to count in texts. Raises UserError for what is no data."""
    path = located(data.path)
    reader(path)  # before a stamp is asked of what is not there
    columns = None if data.columns is None else tuple(data.columns)
    stamp = hash(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in contents(path)))
    known = data.words if words is None else tuple(words)
    return _read(Asked(path, columns, data.label, data.window, known, data.test_size, stamp))


def located(path: str) -> Path:
    """Where `path` lies: as it stands, or inside an installed package. Raises UserError for no such package."""
    if not path.startswith(PACKAGE):
        return Path(path).expanduser()
    name, _, inside = path.removeprefix(PACKAGE).partition("/")
    found = importlib.util.find_spec(name)  # which does not import it
    if not found or not found.submodule_search_locations:
        raise UserError(f"data.path={path}: no package {name} is installed")
    return Path(found.submodule_search_locations[0]) / inside


@lru_cache(maxsize=4)  # the runs of a study share their data
def _read(asked: Asked) -> Own:
    raw = _found(asked)
    raw = _windows(raw, asked) if asked.window else raw
    order, test = _order(len(raw.values), asked)
    labels, classes = _numbered(raw.labels, len(raw.values), asked)
    values, columns = _values(raw, order, len(raw.values) - test, asked)
    if raw.kind == "texts" and asked.path.is_file() and test:
        values, order, test = _worded(values, order, test, asked)
    return Own(raw.kind, values, labels[order], classes, columns, test, checksum(asked.path))


def _found(asked: Asked) -> Raw:
    try:
        columns = None if asked.columns is None else list(asked.columns)
        return reader(asked.path)(asked.path, columns, asked.label)
    except UserError:
        raise
    except Exception as error:  # the formats' libraries raise many kinds for a broken file
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"data.path={asked.path}: cannot be read ({why})") from None


def _order(count: int, asked: Asked) -> tuple[Array, int]:
    """The order of the rows and how many of the last are for the test; where none are asked for, that of the file."""
    if asked.test_size == 0:
        return np.arange(count), 0
    test = int(asked.test_size) if asked.test_size >= 1 else max(1, round(asked.test_size * count))
    if test >= count:
        raise UserError(f"data.test_size={asked.test_size:g}: {asked.path.name} holds {count}, which leaves none")
    return np.random.RandomState(0).permutation(count), test  # frozen for ever, as the catalogue's


def _windows(raw: Raw, asked: Asked) -> Raw:
    """A series (T,) or (T, C) in windows (N, C, 1, length) that do not overlap; what is left at its end is dropped."""
    if raw.kind != "table" or raw.labels is not None:
        found = "one with labels" if raw.kind == "table" else raw.kind
        raise UserError(f"data.window={asked.window}: cuts a series, {asked.path.name} is {found}")
    series = raw.values.reshape(len(raw.values), -1)
    count = len(series) // (asked.window or 1)
    if count < 3:
        raise UserError(f"data.window={asked.window}: {asked.path.name} has {len(series)} rows, too few for 3 windows")
    cut = series[: count * (asked.window or 1)].reshape(count, -1, series.shape[1])
    return Raw("series", cut.transpose(0, 2, 1)[:, :, None])


def _numbered(labels: Array | None, count: int, asked: Asked) -> tuple[Array, tuple[str, ...]]:
    """Labels as numbers from 0 in the order of their names; all 0, and no names, where there are none."""
    if labels is None:
        return np.zeros(count, dtype=np.int64), ()
    if labels.shape != (count,):
        raise UserError(f"data.label={asked.label}: labels of shape {labels.shape} for {count} rows")
    if labels.dtype.kind == "f" and (labels == np.round(labels)).all():
        labels = labels.astype(np.int64)  # 1.0 is called 1
    names, numbers = np.unique(labels.astype(str) if labels.dtype.kind == "O" else labels, return_inverse=True)
    return numbers.astype(np.int64), tuple(map(str, names))


def _values(raw: Raw, order: Array, train: int, asked: Asked) -> tuple[Array, tuple[str, ...]]:
    if raw.kind == "texts":
        return _counted(raw.values[order], train, asked)
    values = raw.values.reshape(len(raw.values), 1, 1, -1) if raw.values.ndim < 4 else raw.values
    if values[0].size < 2:
        raise UserError(f"data.path={asked.path}: one number a row; data.window=LENGTH cuts a series into windows")
    if values.dtype != np.uint8:
        _finite(values, asked.path)
        values = values.astype(np.float32)
    return np.ascontiguousarray(values[order]), raw.columns


def _finite(values: Array, path: Path) -> None:
    if bad := int((~np.isfinite(values)).sum()):
        raise UserError(f"data.path={path}: {bad} of its numbers are missing or infinite; fill or drop them first")


def _counted(texts: Array, train: int, asked: Asked) -> tuple[Array, tuple[str, ...]]:
    """Bags of words (N, 1, 1, D): 1 + log of each word's count, as rows of length 1; words of training texts alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    given = isinstance(asked.words, tuple)
    vectorizer = TfidfVectorizer(
        max_features=None if given else asked.words,
        vocabulary=asked.words if given else None,
        sublinear_tf=True,
        use_idf=False,
        dtype=np.float32,
    )
    try:
        vectorizer.fit(texts[:train])
    except ValueError as error:
        raise UserError(f"data.path={asked.path}: {error}") from None
    counts = vectorizer.transform(texts).toarray()
    return counts[:, None, None], tuple(map(str, vectorizer.get_feature_names_out()))


def _worded(values: Array, order: Array, test: int, asked: Asked) -> tuple[Array, Array, int]:
    """Paragraphs that hold one of the words, in the same splits; the others are one point, which tells of none."""
    kept = np.asarray(values.any(axis=(1, 2, 3)))
    if not (left := int(kept[-test:].sum())):
        raise UserError(f"data.words={asked.words}: no test paragraph of {asked.path.name} holds one of the words")
    return values[kept], order[kept], left


def checksum(path: Path) -> str:
    """Sha256 of a file, or over the names and sha256 of the images and texts in a folder."""
    if not path.is_dir():
        return _digest(path)
    lines = [f"{file.relative_to(path).as_posix()} {_digest(file)}\n" for file in contents(path)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
