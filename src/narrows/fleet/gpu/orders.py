"""The orders in which members of a fleet see their images, as one table on their device."""

from collections.abc import Sequence

import torch
from torch import Tensor

from narrows.fleet.member import Member
from narrows.fleet.minibatches import Minibatches
from narrows.fleet.steps import Part
from narrows.seeds import generator


class Orders:
    """An epoch's orders, a row for each distinct one. The next epoch's are drawn while the GPU computes this one.

    `pixels` (N, C, H, W) are the training images, on the device; members are sorted by their number of images, so that
    those of a `Part`, and so their orders, are adjacent.
    """

    def __init__(self, members: Sequence[Member], pixels: Tensor) -> None:
        self.pixels, self.size = pixels, members[0].config.data.batch_size
        self.distinct = list(dict.fromkeys(member.order for member in members))
        self.places = [self.distinct.index(member.order) for member in members]
        self.place = torch.tensor(self.places, device=pixels.device)
        self.table = torch.zeros(len(self.distinct), members[0].images, dtype=torch.int64, device=pixels.device)
        self.epochs = 0
        self.next = self._draw()

    def begin(self) -> None:
        """Fill the table for the next epoch."""
        self.table.copy_(self.next, non_blocking=True)

    def prepare(self) -> None:
        """Draw the orders of the epoch after this one, on the CPU, once those of this one are in the table."""
        self.epochs += 1
        self.next = self._draw()

    def _draw(self) -> Tensor:
        pinned = self.table.is_cuda and torch.cuda.is_available()  # so that the copy to the GPU does not wait
        table = torch.zeros(self.table.shape, dtype=torch.int64, pin_memory=pinned)
        for row, (seed, images, epoch) in enumerate(self.distinct):
            torch.randperm(images, generator=generator(seed, "order", epoch + self.epochs), out=table[row, :images])
        return table

    def minibatches(self, part: Part, step: Tensor) -> Minibatches:
        """The minibatches of these members in this step, an index (1,) on the device."""
        places = self.places[part.rows]
        first = places[0]
        rows = self.table[first : max(places) + 1]
        columns = step * self.size + torch.arange(part.images, device=rows.device)
        index = rows.index_select(1, columns)
        pixels = self.pixels.index_select(0, index.flatten()).unflatten(0, index.shape)
        return Minibatches(pixels, self.place[part.rows] - first)
