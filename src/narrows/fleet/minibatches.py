"""The minibatches of a fleet: each member sees its own images in its own order."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.fleet.member import Member
from narrows.seeds import generator

Order = tuple[int, int, int]  # seed, number of images, epoch


class Feed:
    """One epoch of minibatches for members sorted by their number of images, most first.

    `pixels` (N, C, H, W) are the training images; each member trains on the first of them, in the order that it would
    draw alone.
    """

    def __init__(self, members: Sequence[Member], pixels: Tensor) -> None:
        self.members, self.pixels = members, pixels
        self.size = members[0].config.data.batch_size
        self.cached: dict[tuple[int, int], tuple[list[Order], Tensor]] = {}
        self.orders = {member.order: self._order(*member.order) for member in members}

    def _order(self, seed: int, images: int, epoch: int) -> Sequence[Tensor]:
        order = torch.randperm(images, generator=generator(seed, "order", epoch)).to(self.pixels.device)
        batches: Sequence[Tensor] = order.split(self.size)
        return batches

    def minibatches(self, rows: slice, step: int) -> "Minibatches":
        """The minibatches of these members in this step; one that several members share is copied once."""
        distinct, place = self._distinct(rows.start, rows.stop)
        pixels = self.pixels.index_select(0, torch.cat([self.orders[order][step] for order in distinct]))
        return Minibatches(pixels.unflatten(0, (len(distinct), -1)), place)

    def _distinct(self, start: int, stop: int) -> tuple[list[Order], Tensor]:
        """The distinct orders of these members, and each member's place among them, (R,); made once an epoch."""
        if (start, stop) not in self.cached:
            orders = [member.order for member in self.members[start:stop]]
            distinct = list(dict.fromkeys(orders))
            place = torch.tensor([distinct.index(order) for order in orders], device=self.pixels.device)
            self.cached[start, stop] = distinct, place
        return self.cached[start, stop]


class Minibatches(NamedTuple):
    """The D distinct minibatches of R members, `pixels` (D, B, C, H, W), and each member's `place` among them, (R,)."""

    pixels: Tensor
    place: Tensor

    def stacked(self, dtype: torch.dtype) -> Tensor:
        """As floats (R, B, C, H, W), or (B, C, H, W) where all are the same."""
        images = as_floats(self.pixels).to(dtype)
        if len(images) in (1, len(self.place)):  # all the same, or all distinct and so in the members' order
            return images.squeeze(0)
        return images.index_select(0, self.place)

    def each(self) -> list[Tensor]:
        """Each member's minibatch, (B, C, H, W), of the type of the pixels; on a CPU."""
        return [self.pixels[place] for place in self.place.tolist()]
