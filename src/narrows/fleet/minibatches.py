"""What each member of a fleet is shown in an epoch: its own images in its own order."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.fleet.member import Member
from narrows.seeds import generator

Order = tuple[int, int, int]  # seed, number of images, epoch


class Feed:
    """One epoch of minibatches for members next to one another, those with most images first.

    `pixels` (N, C, H, W) are the training images, of which each member has its first. The order comes from the
    generator that each member alone would draw from.
    """

    def __init__(self, members: Sequence[Member], pixels: Tensor) -> None:
        self.members, self.pixels = members, pixels
        self.size = members[0].config.data.batch_size
        self.known: dict[tuple[int, int], tuple[list[Order], Tensor]] = {}
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

    def minibatches(self, rows: slice, step: int) -> "Minibatches":
        """Those of members that are busy in this step, each different one gathered once."""
        different, whose = self._whose(rows.start, rows.stop)
        pixels = self.pixels.index_select(0, torch.cat([self.orders[order][step] for order in different]))
        return Minibatches(pixels.unflatten(0, (len(different), -1)), whose)

    def _whose(self, start: int, stop: int) -> tuple[list[Order], Tensor]:
        """The different orders of these members, and which of them is whose: on the device once an epoch."""
        if (start, stop) not in self.known:
            orders = [member.order for member in self.members[start:stop]]
            different = list(dict.fromkeys(orders))
            whose = torch.tensor([different.index(order) for order in orders], device=self.pixels.device)
            self.known[start, stop] = different, whose
        return self.known[start, stop]


class Minibatches(NamedTuple):
    """The different minibatches of R members, `pixels` (D, B, C, H, W), and which of them is `whose`, (R,)."""

    pixels: Tensor
    whose: Tensor

    def stacked(self, dtype: torch.dtype) -> Tensor:
        """As floats (R, B, C, H, W), or (B, C, H, W) where all are the same."""
        images = as_floats(self.pixels).to(dtype)
        if len(images) in (1, len(self.whose)):  # all the same, or all different and so in the members' order
            return images.squeeze(0)
        return images.index_select(0, self.whose)

    def each(self) -> list[Tensor]:
        """Those of one member after the other, (B, C, H, W), of the type of the pixels; on a CPU."""
        return [self.pixels[place] for place in self.whose.tolist()]
