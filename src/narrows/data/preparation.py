"""Scales numbers by statistics of the training split: a user's file, and images of normalised contrast."""

import operator
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from narrows.config.scales import Contrast, Scale
from narrows.data.normalised_contrast import normalised
from narrows.own.float_precision import NOISE
from narrows.own.mapped import Moments, blocks, filled
from narrows.own.request import Kind

AT_ONCE = 1000  # images whose contrast is normalised, 6 MB in 64 bits for MNIST's


@dataclass(frozen=True)
class Preparation:
    """The scaling (number - shift) / factor, with the names of columns and labels.

    shift and factor broadcast to (C, H, W); they are float32, or float64 for numbers that need it. `columns` are the
    names of a table's columns or the words of texts, `classes` those of the labels. Pixels are not scaled here: they
    stay bytes. `header`: whether the first row of a table of text held names; None for other files and in earlier
    checkpoints. `contrast`: each image is normalised by itself before it is scaled; `normalised` says how.
    """

    kind: Kind
    scale: Scale
    shift: Tensor
    factor: Tensor
    columns: list[str]
    classes: list[str]
    header: bool | None = None
    contrast: Contrast = "none"

    def __call__(self, values: Tensor) -> Tensor:
        """Scales numbers of a file, (N, C, H, W), to float32 for the autoencoder; pixels are returned unchanged."""
        if self.scale == "pixels":
            return values
        return torch.from_numpy(filled(values.shape, np.float32, lambda rows: self._scaled(values[rows])))

    def _scaled(self, values: Tensor) -> NDArray[np.float32]:
        if self.contrast != "none":
            values = torch.cat([normalised(part, self.contrast) for part in values.split(AT_ONCE)])
        numbers = values if values.is_floating_point() else values.float()
        scaled: NDArray[np.float32] = ((numbers - self.shift) / self.factor).float().numpy()
        return scaled

    def card(self) -> dict[str, Any]:
        """Tensors and plain values for a checkpoint; `Preparation(**card)` is the same preparation."""
        return asdict(self)


def prepare(
    kind: Kind, scale: Scale, train: Tensor, columns: list[str], classes: list[str], header: bool | None = None
) -> Preparation:
    """The scaling by training images (N, C, H, W), for each column of a table, word of texts or channel of the rest.

    `standard` gives mean 0 and (population) standard deviation 1, `range` minimum 0 and maximum 1. A constant column is
    only shifted.
    """
    shape = (-1, 1, 1) if kind in ("images", "series") else (1, 1, -1)
    shift, factor = torch.zeros(1), torch.ones(1)
    if scale == "standard":
        moments = reduce(operator.add, (_moments(numbers) for numbers in _blocks(kind, train)))
        shift, factor = moments.mean, moments.std
    elif scale == "range":
        shift = reduce(torch.minimum, (numbers.amin(0) for numbers in _blocks(kind, train)))
        factor = reduce(torch.maximum, (numbers.amax(0) for numbers in _blocks(kind, train))) - shift
    factor = factor.where(factor > NOISE * shift.abs(), torch.ones_like(factor))
    dtype = torch.float64 if train.dtype == torch.float64 else torch.float32
    return Preparation(kind, scale, shift.to(dtype).view(shape), factor.to(dtype).view(shape), columns, classes, header)


def prepare_contrast(contrast: Contrast, classes: Sequence[str], train: Tensor) -> Preparation:
    """Normalised contrast, scaled by the minimum and maximum of all pixels of training images (N, C, H, W) to [0, 1].

    Numbers of other images may lie outside; they are not clipped.
    """
    extremes = [normalised(part, contrast).aminmax() for part in train.split(AT_ONCE)]
    least = torch.stack([part.min for part in extremes]).min().view(1)
    factor = torch.stack([part.max for part in extremes]).max() - least
    factor = factor.where(factor > 0, torch.ones_like(factor))
    return Preparation("images", "range", least, factor, [], list(classes), contrast=contrast)


def _blocks(kind: Kind, train: Tensor) -> Iterator[Tensor]:
    """The numbers of each column or, of images and series, channel, in 64 bits and in blocks: (B, columns)."""
    for rows in blocks(train.shape):
        numbers = train[rows].double()
        yield numbers.movedim(1, -1).flatten(0, 2) if kind in ("images", "series") else numbers.flatten(1)


def _moments(numbers: Tensor) -> Moments:
    return Moments(len(numbers), numbers.mean(0), numbers.std(0, correction=0))
