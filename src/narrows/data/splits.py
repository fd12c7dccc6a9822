"""The training, validation and test images of a run."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from narrows.config.data_section import Data
from narrows.config.scales import Binarise
from narrows.data.binarise import binarised
from narrows.data.sources import Dataset, Images, dataset
from narrows.own.request import Label


class Splits(NamedTuple):
    """The images of a run. Validation images are cut from the training images; test images are the data set's."""

    train: Images
    val: Images
    test: Images


def split(
    dataset: Dataset,
    val_size: int,
    train_size: int | None = None,
    classes: Sequence[Label | None] | None = None,
    binarise: Binarise = "none",
) -> Splits:
    """Validation images are the last `val_size` of the fixed order, training images the first `train_size` of the rest.

    `train_size` None is all of the rest. Both contain only images with a label in `classes` (None: every label); the
    test split always contains all. Data that are scaled are so by statistics of the training split.
    """
    dataset = binarised(dataset, binarise)
    train = dataset.train if classes is None else dataset.train[dataset.having(classes)]
    rest = len(train) - val_size
    splits = Splits(train[:rest][:train_size], train[rest:], dataset.test)
    if dataset.prepare is None:
        return splits
    preparation = dataset.prepare(splits.train.pixels)
    return Splits(*(replace(part, pixels=preparation(part.pixels), preparation=preparation) for part in splits))


def splits_of(data: Data) -> Splits:
    """The splits that a config describes. Raises UserError for data that cannot be fetched or read."""
    return split(dataset(data), data.held_out, data.train_size, data.classes, data.binarise)
