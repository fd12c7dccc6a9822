"""What each member of a fleet is shown in an epoch: its own images in its own order."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.seeds import generator
from narrows.training.member import Member

Order = tuple[int, int, int]  # seed, number of images, epoch


class Feed:
    """One epoch of minibatches for members next to one another, those with most images first.

    `pixels` (N, C, H, W) are the training images, of which each member has its first. The order comes from the
    generator that each member alone would draw from.
    """

    def __init__(self, members: Sequence[Member], pixels: Tensor, dtype: torch.dtype) -> None:
        self.members, self.pixels, self.dtype = members, pixels, dtype
        self.size = members[0].config.data.batch_size
        self.places = cache(self._places)
        self.orders = {member.order: self._order(*member.order) for member in members}

    def _order(self, seed: int, images: int, epoch: int) -> Sequence[Tensor]:
        order = torch.randperm(images, generator=generator(seed, "order", epoch)).to(self.pixels.device)
        batches: Sequence[Tensor] = order.split(self.size)
        return batches

    def __len__(self) -> int:
        """Steps of the member with most images."""
        return self.members[0].steps

    def busy(self, step: int) -> Iterator[slice]:
        """Members next to one another whose minibatches are equally long: all but at the end of an epoch."""
        sizes = [min(self.size, member.images - step * self.size) for member in self.members]
        for size, group in groupby(range(len(sizes)), sizes.__getitem__):
            rows = list(group)
            if size > 0:
                yield slice(rows[0], rows[-1] + 1)

    def images(self, rows: slice, step: int) -> Tensor:
        """The minibatches (M, B, C, H, W), each different one gathered once; (B, C, H, W) where all are the same."""
        different, places = self.places(rows.start, rows.stop)
        pixels = self.pixels.index_select(0, torch.cat([self.orders[order][step] for order in different]))
        images: Tensor = as_floats(pixels).to(self.dtype).unflatten(0, (len(different), -1))
        if len(different) in (1, len(places)):
            return images.squeeze(0)
        return images.index_select(0, places)

    def _places(self, start: int, stop: int) -> tuple[list[Order], Tensor]:
        """The different orders of these members, and which of them is whose: on the device once an epoch."""
        orders = [member.order for member in self.members[start:stop]]
        different = list(dict.fromkeys(orders))
        return different, torch.tensor([different.index(order) for order in orders], device=self.pixels.device)
