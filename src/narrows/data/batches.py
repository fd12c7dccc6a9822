"""Minibatches: the images stay on their device as one uint8 tensor, and a permutation of rows picks each batch."""

from collections.abc import Iterator
from math import ceil

import torch
from torch import Generator, Tensor

from narrows.data.sources import as_floats

#: Minibatches per `training_step`. Lightning takes 1.4 ms a step, a minibatch of the default model 5 ms: with sixteen
#: minibatches a step Lightning's share is 2 %, and the progress bar still moves ten times a second.
ROUND = 16

#: Images per forward pass without gradients, whose result does not depend on this: large enough to be fast, 3 MB of
#: MNIST's images as floats.
WHOLE = 1000


def images_of_pass(codes: int) -> int:
    """Images per forward pass without gradients if so many codes of each are decoded: as many rows as with one."""
    return max(1, WHOLE // codes)


class Batches:
    """The minibatches of one epoch in rounds: each item is a list of up to `round_size` float tensors (B, C, H, W).

    `pixels` (N, C, H, W) are uint8 or floats as in `Images`. With a generator the order is random, else that of the
    rows.
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
