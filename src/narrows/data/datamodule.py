"""Splits and batches: the images stay on the training device as one uint8 tensor, a permutation picks the batches."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

import lightning as L
import torch
from torch import Generator, Tensor

from narrows.config.data_section import Data
from narrows.data.in_batches import BATCH
from narrows.data.preparation import Preparation
from narrows.data.sources import Dataset, Images, as_floats, dataset
from narrows.seeds import generator

#: Minibatches handed to one `training_step`. Lightning spends 1.4 ms on a step of its own, the default model 5 ms on a
#: minibatch: sixteen at once make the former vanish, and a progress bar still moves ten times a second.
ROUND = 16


class Splits(NamedTuple):
    """The images of a run. Validation is cut from the training split; test is the official one."""

    train: Images
    val: Images
    test: Images


def split(
    dataset: Dataset, val_size: int, train_size: int | None = None, classes: Sequence[int | str] | None = None
) -> Splits:
    """Validation is the end of the fixed order, training the first `train_size` (None: all) of the rest.

    Both hold images with a label among `classes` alone (None: every label), the test images are always all.
    """
    train = dataset.train if classes is None else dataset.train[dataset.having(classes)]
    rest = len(train) - val_size
    splits = Splits(train[:rest][:train_size], train[rest:], dataset.test)
    return prepared(splits, dataset.prepare(splits.train.pixels)) if dataset.prepare else splits


def prepared(splits: Splits, preparation: Preparation) -> Splits:
    """All splits as the training split says."""
    return Splits(*(Images(preparation(part.pixels), part.labels, preparation) for part in splits))


def splits_of(data: Data) -> Splits:
    """The splits that a config describes. Raises UserError for data that cannot be had or read."""
    return split(dataset(data), data.held_out, data.train_size, data.classes)


class Batches:
    """The minibatches of one epoch in rounds: each item is a list of up to `round_size` float tensors (B, C, H, W).

    `pixels` uint8 (N, C, H, W) stay where they are; with a generator they are taken in its random order.
    """

    def __init__(
        self, pixels: Tensor, batch_size: int, order: Generator | None = None, round_size: int = ROUND
    ) -> None:
        count = len(pixels)
        rows = torch.arange(count) if order is None else torch.randperm(count, generator=order)
        self.pixels = pixels
        self.rows = rows.to(pixels.device).split(batch_size)
        self.round_size = round_size

    def __len__(self) -> int:
        return ceil(len(self.rows) / self.round_size)

    def __iter__(self) -> Iterator[list[Tensor]]:
        for start in range(0, len(self.rows), self.round_size):
            yield [as_floats(self.pixels[rows]) for rows in self.rows[start : start + self.round_size]]


class ImageData(L.LightningDataModule):
    """The splits of one run as rounds of minibatches.

    The order of epoch e depends on (seed, e) alone: a resumed run and one more metric see the batches they should.
    The trainer must ask for a new loader each epoch (`reload_dataloaders_every_n_epochs=1`).
    """

    def __init__(self, splits: Splits, batch_size: int, seed: int) -> None:
        super().__init__()
        self.splits, self.batch_size, self.seed = splits, batch_size, seed

    def setup(self, stage: str) -> None:
        if self.trainer:
            device = self.trainer.strategy.root_device
            self.splits = Splits(*(images.to(device) for images in self.splits))

    def train_dataloader(self) -> Batches:
        epoch = self.trainer.current_epoch if self.trainer else 0
        order = generator(self.seed, "order", epoch)
        return Batches(self.splits.train.pixels, self.batch_size, order)

    def val_dataloader(self) -> Batches | list[None]:
        val = self.splits.val.pixels
        return Batches(val, BATCH) if len(val) else []  # an empty list is Lightning's word for no validation
