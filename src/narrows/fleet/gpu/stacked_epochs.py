"""Epochs of a fleet on a GPU: each step is one program over memory that stays in place, captured in a CUDA graph.

A step gathers the minibatches, corrupts them, computes losses, gradients and norms, and updates the weights. What
differs between steps is read from tensors: the step's number, the orders, rates, and weights of the objective's terms.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.fleet.gpu.orders import Orders
from narrows.fleet.gpu.replay import Program, Programs
from narrows.fleet.gpu.side_by_side import SideBySide
from narrows.fleet.gpu.stacked_optimizer import StackedOptimizer
from narrows.fleet.member import Member
from narrows.fleet.steps import Part, Steps, training_parts, validation_parts


class StackedEpochs:
    """Trains the members on the images `train` and evaluates them on `held_out`, both uint8 (N, C, H, W)."""

    def __init__(
        self,
        members: Sequence[Member],
        optimizers: Sequence[StackedOptimizer],
        passes: SideBySide,
        train: Tensor,
        held_out: Tensor,
    ) -> None:
        self.members, self.optimizers, self.passes = members, optimizers, passes
        self.orders, self.replayable = Orders(members, train), Programs(train.device)
        self.programs: dict[Part, Program] = {}
        self.step = torch.zeros(1, dtype=torch.int64, device=train.device)
        self.sums = torch.zeros(len(members), dtype=passes.dtype, device=train.device)
        self.losses = self.sums.new_zeros(members[0].steps, len(members))
        self.norms = torch.zeros_like(self.losses)
        self.validation = Validation(members, passes, held_out, self.replayable)

    def train(self) -> Steps:
        """One pass over each member's own images. Returns before a GPU has finished it."""
        self.passes.begin(training=True)
        self.orders.begin()
        self.sums.zero_()
        self.losses.zero_()
        self.norms.fill_(torch.nan)  # for members without images left
        for step in range(len(self.losses)):
            self.step.fill_(step)
            for part in training_parts(self.members, step):
                self._train(part)
        self.orders.prepare()
        return Steps(self.sums, self.losses, self.norms)

    def _train(self, part: Part) -> None:
        if part not in self.programs:
            self.programs[part] = self.replayable(partial(self._program, part))
        self.programs[part]()
        for optimizer in self._optimizers(part):
            optimizer.advance()

    def _program(self, part: Part) -> None:
        """A step of these members."""
        losses, norms = self.passes.step(part.rows, self.orders.minibatches(part, self.step))
        for optimizer in self._optimizers(part):
            optimizer.update()
        self.sums[part.rows] += losses.sum(1)
        self.losses[:, part.rows].index_copy_(0, self.step, losses.mean(1).to(self.losses.dtype).unsqueeze(0))
        self.norms[:, part.rows].index_copy_(0, self.step, norms.to(self.norms.dtype).unsqueeze(0))

    def _optimizers(self, part: Part) -> list[StackedOptimizer]:
        return [optimizer for optimizer in self.optimizers if optimizer.within(part.rows)]

    def evaluate(self) -> tuple[Tensor, Tensor]:
        """Losses (M, N) and codes (M, N, k) of the images held out; the next call overwrites both."""
        self.passes.begin(training=False)
        return self.validation.results()


class Validation:
    """The losses and codes of all members for the same images."""

    def __init__(self, members: Sequence[Member], passes: SideBySide, pixels: Tensor, replayable: Programs) -> None:
        self.passes, self.pixels = passes, pixels
        self.first = torch.zeros(1, dtype=torch.int64, device=pixels.device)
        self.losses = torch.zeros(len(members), len(pixels), dtype=passes.dtype, device=pixels.device)
        self.codes = self.losses.new_zeros(*self.losses.shape, passes.stack.width)
        self.parts = [part for group in validation_parts(members) for part in self._batches(group)]
        self.programs = {part: replayable(partial(self._program, part)) for part in {part for _, part in self.parts}}

    def _batches(self, part: Part) -> list[tuple[int, Part]]:
        """The first image of each pass of these members, with the number of its images; the last may be smaller."""
        count = len(self.pixels)
        return [
            (first, part._replace(images=min(part.images, count - first))) for first in range(0, count, part.images)
        ]

    def results(self) -> tuple[Tensor, Tensor]:
        for first, part in self.parts:
            self.first.fill_(first)
            self.programs[part]()
        return self.losses, self.codes

    def _program(self, part: Part) -> None:
        columns = self.first + torch.arange(part.images, device=self.pixels.device)
        images = as_floats(self.pixels.index_select(0, columns)).to(self.passes.dtype)
        losses, codes = self.passes.evaluate(part.rows, images)
        self.losses[part.rows].index_copy_(1, columns, losses.to(self.losses.dtype))
        self.codes[part.rows].index_copy_(1, columns, codes.to(self.codes.dtype))
