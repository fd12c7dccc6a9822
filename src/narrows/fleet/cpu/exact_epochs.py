"""Epochs of a fleet on a CPU: each member is computed as its run alone."""

from collections.abc import Sequence

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.fleet.cpu.one_by_one import OneByOne
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Feed
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack
from narrows.fleet.steps import Part, Steps, training_parts, validation_parts


class ExactEpochs:
    """Trains the members on the images `train` and evaluates them on `held_out`, both uint8 (N, C, H, W).

    `dtype` is the type of weights.
    """

    def __init__(
        self,
        members: Sequence[Member],
        stack: Stack,
        optimizers: Sequence[SharedOptimizer],
        train: Tensor,
        held_out: Tensor,
        dtype: torch.dtype,
    ) -> None:
        self.members, self.optimizers, self.dtype = members, optimizers, dtype
        self.training_images, self.held_out = train, held_out
        self.passes = OneByOne(members, stack, optimizers)

    def train(self) -> Steps:
        """One pass over each member's own images."""
        self.passes.begin(training=True)
        feed = Feed(self.members, self.training_images)
        sums, means, norms = torch.zeros(len(self.members), dtype=self.dtype), [], []
        for step in range(self.members[0].steps):
            mean, norm = torch.zeros_like(sums), torch.full_like(sums, torch.nan)  # for members without images left
            for part in training_parts(self.members, step):
                losses, norm[part.rows] = self._step(part.rows, feed, step)
                sums[part.rows] += losses.sum(1)
                mean[part.rows] = losses.mean(1)
            means.append(mean)
            norms.append(norm)
        for optimizer in self.optimizers:
            optimizer.write_back()
        self.passes.write_back()
        return Steps(sums, torch.stack(means), torch.stack(norms))

    def _step(self, rows: slice, feed: Feed, step: int) -> tuple[Tensor, Tensor]:
        """One step of these members, each on its own images: their losses (R, B) and gradient norms (R,)."""
        losses, norms = self.passes.step(rows, feed.minibatches(rows, step))
        for optimizer in [optimizer for optimizer in self.optimizers if optimizer.within(rows)]:
            optimizer.step()
        return losses, norms

    def evaluate(self) -> tuple[Tensor, Tensor]:
        """Losses (M, N) and codes (M, N, k) of the images held out."""
        self.passes.begin(training=False)
        losses, codes = zip(*(self._evaluated(part) for part in validation_parts(self.members)), strict=True)
        return torch.cat(losses), torch.cat(codes)

    def _evaluated(self, part: Part) -> tuple[Tensor, Tensor]:
        batches = [as_floats(batch).to(self.dtype) for batch in self.held_out.split(part.images)]
        losses, codes = zip(*(self.passes.evaluate(part.rows, images) for images in batches), strict=True)
        return torch.cat(losses, 1), torch.cat(codes, 1)
