"""Loads data sets: those of the catalogue, generated ones, and the user's own files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, assert_never

import torch
from torch import Tensor

from narrows.config.arrays_section import Arrays
from narrows.config.catalogue import CATALOGUE
from narrows.config.data_section import Data, Known
from narrows.config.dictionary_section import SyntheticDictionary
from narrows.config.factored_sections import SHAPES, DSprites, Sprites
from narrows.data.catalogue_files import embedded, stored
from narrows.data.factored import FactoredImages, from_file, generated
from narrows.data.other_formats import Labelled
from narrows.data.preparation import Preparation, prepare, prepare_contrast
from narrows.data.truth import Truth
from narrows.errors import UserError
from narrows.own.request import Label, matching
from narrows.paths import expanded


@dataclass(frozen=True)
class Images:
    """Labelled images in memory: pixels uint8 (N, C, H, W), labels int64 (N,).

    Data other than pixels, and images of normalised contrast, are float32 and already scaled; `preparation` is their
    scaling, and that of the user's own pixels. `grey` are the pixels that training draws binary images from anew, where
    `pixels` are one such draw. `truth` is what generated test samples were made of; `factors` are the values of the
    factors that make each image, int64 (N, F) from 0, where these are known.
    """

    pixels: Tensor
    labels: Tensor
    preparation: Preparation | None = None
    grey: Tensor | None = None
    truth: Truth | None = None
    factors: Tensor | None = None

    @property
    def trained(self) -> Tensor:
        """The pixels that training sees, or draws from."""
        return self.pixels if self.grey is None else self.grey

    @property
    def card(self) -> dict[str, Any]:
        """The scaling as tensors and plain values, for a checkpoint; empty for images that were not scaled."""
        return {"preparation": self.preparation.card()} if self.preparation else {}

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, rows: slice | Tensor) -> "Images":
        return self._each(lambda tensor: tensor[rows], self.truth and self.truth[rows])

    def to(self, device: torch.device | str) -> "Images":
        return self._each(lambda tensor: tensor.to(device), self.truth and self.truth.to(device))

    def _each(self, change: Callable[[Tensor], Tensor], truth: Truth | None) -> "Images":
        """With each tensor that has a row for each image changed."""
        grey, factors = (tensor if tensor is None else change(tensor) for tensor in (self.grey, self.factors))
        return Images(change(self.pixels), change(self.labels), self.preparation, grey, truth, factors)


@dataclass(frozen=True)
class Dataset:
    """Training images in the fixed order that splits are cut from, and the test images (the official ones, if any).

    `classes` holds the label names; label i is called `classes[i]`. `prepare` computes the scaling of the user's own
    data, and of normalised contrast, from the pixels of the training split; it is None for data that are not scaled.
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
    if pixels.is_floating_point():
        return pixels
    if pixels.is_cuda:
        return pixels / 255  # one pass over the pixels, which takes a CPU longer than these two
    return pixels.float().div_(255)


def put_floats(pixels: Tensor, images: Tensor) -> None:
    """As `as_floats`, written into `images`, a tensor of the same shape and any floating type."""
    if pixels.is_floating_point():
        images.copy_(pixels)
    else:
        torch.div(pixels.float(), 255, out=images)


def dataset(data: Data) -> Dataset:
    """The data set that a config describes. Raises UserError for data that cannot be fetched or read."""
    whole = _read(data)
    if data.contrast == "none":
        return whole
    return replace(whole, prepare=partial(prepare_contrast, data.contrast, whole.classes))


def _read(data: Data) -> Dataset:
    match data:
        case Known():
            return load(data.name, data.root)
        case SyntheticDictionary():
            return _dictionary(data)
        case Arrays():
            return _arrays(data)
        case Sprites():
            return _factored(generated(data), data.test_size)
        case DSprites():
            return _factored(from_file(data), data.test_size)
        case _:
            assert_never(data)


def _dictionary(data: SyntheticDictionary) -> Dataset:
    from narrows.data import dictionary

    train, test, truth = dictionary.drawn(data)
    return Dataset(
        Images(train, dictionary.topics(data, len(train))),
        Images(test, dictionary.topics(data, len(test)), truth=truth),
        tuple(data.entry.classes),
    )


def _factored(images: FactoredImages, test: int) -> Dataset:
    """The last `test` images are the test images. The label of an image is its first factor, its shape."""
    pixels, factors = images
    labelled = Images(pixels, factors[:, 0].contiguous(), factors=factors)
    return Dataset(labelled[:-test], labelled[-test:], SHAPES)


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
    train, test = stored(name, expanded(root, "data.root")) if entry.folder else embedded(name)
    return Dataset(_images(train), _images(test), tuple(entry.classes))


def _images(labelled: Labelled) -> Images:
    return Images(torch.from_numpy(labelled.pixels), torch.from_numpy(labelled.labels))
