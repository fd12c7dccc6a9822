"""From the numbers of a file to those that an autoencoder sees: scaled as the training split says."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from narrows.config.data_section import Scale
from narrows.own.request import Kind


@dataclass(frozen=True)
class Preparation:
    """What made images of the numbers in a file: (number - shift) / factor, and what the numbers were.

    shift and factor float32, to be broadcast to (C, H, W); `columns` names the numbers of a table or the words of
    texts, `classes` the labels. Numbers scaled as pixels stay the bytes that they are.
    """

    kind: Kind
    scale: Scale
    shift: Tensor
    factor: Tensor
    columns: list[str]
    classes: list[str]

    def __call__(self, values: Tensor) -> Tensor:
        """Numbers of a file (N, C, H, W) as an autoencoder is trained on them."""
        return values if self.scale == "pixels" else (values.float() - self.shift) / self.factor

    def undo(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), as they come out of an autoencoder, in the units of the file; pixels in 0…255."""
        return images * 255 if self.scale == "pixels" else images * self.factor + self.shift

    def card(self) -> dict[str, Any]:
        """Tensors and plain values for a checkpoint, of which `Preparation(**card)` makes the same again."""
        return asdict(self)


def prepare(kind: Kind, scale: Scale, train: Tensor, columns: list[str], classes: list[str]) -> Preparation:
    """What the training images (N, C, H, W) ask for: columns of tables and words each, channels of the rest as a whole.

    standard is mean 0 and standard deviation 1 (of the population), range is 0 to 1 from the least to the greatest. A
    column that does not vary is shifted only.
    """
    numbers = train.double().movedim(1, -1).flatten(0, 2) if kind in ("images", "series") else train.double().flatten(1)
    shape = (-1, 1, 1) if kind in ("images", "series") else (1, 1, -1)
    shift, factor = torch.zeros(1), torch.ones(1)
    if scale == "standard":
        shift, factor = numbers.mean(0), numbers.std(0, correction=0)
    elif scale == "range":
        shift, factor = numbers.amin(0), numbers.amax(0) - numbers.amin(0)
    factor = factor.where(factor > 1e-12 * shift.abs(), torch.ones_like(factor))
    return Preparation(kind, scale, shift.float().view(shape), factor.float().view(shape), columns, classes)
