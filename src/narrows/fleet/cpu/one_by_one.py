"""A fleet's steps on a CPU: one member after the other, each to the bit what it computes alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.data.sources import put_floats
from narrows.fleet.cpu.capture import Captured, Plan
from narrows.fleet.cpu.member_step import Alone
from narrows.fleet.cpu.recorder import Impossible
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Minibatches
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import MASK, Stack

TIMES = 4  # a pass is captured the fourth time that it is asked for: capturing takes 5 ms, each repetition saves 1


class Pass(NamedTuple):
    """Of a member, in training or not, over so many images."""

    row: int
    training: bool
    images: int


class Kind(NamedTuple):
    """What passes that do the same have in common: in their operations members differ by the code's width alone."""

    width: int
    training: bool
    images: int


class OneByOne:
    """Steps of members, and passes without training, over weights and gradients that lie with their optimisers.

    A pass that comes often is captured, and repeated from then on.
    """

    def __init__(self, members: Sequence[Member], stack: Stack, optimizers: Sequence[SharedOptimizer]) -> None:
        self.optimizers = optimizers
        own = {row: optimizer.of_member(row) for optimizer in optimizers for row in optimizer.rows}
        buffers = [name for name in stack.tensors if name not in stack.trained and name != MASK]
        running = [{name: stack.tensors[name][row] for name in buffers} for row in range(len(members))]
        self.alone = [Alone(member, *own[row], running[row]) for row, member in enumerate(members)]
        self.width = stack.width
        self.times: Counter[Pass] = Counter()
        self.passes: dict[Pass, Callable[[Tensor], Sequence[Tensor]]] = {}
        self.plans: dict[Kind, tuple[Plan, Tensor]] = {}  # and where they look for their images

    def begin(self, training: bool) -> None:
        """Before the passes of an epoch over training images, or over those held out."""
        for row, one in enumerate(self.alone):
            if one.begin(training):
                for which in [which for which in self.times if which.row == row]:
                    del self.times[which]
                    self.passes.pop(which, None)

    def step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and gradient norms (R,) of members; their optimisers have the gradients then."""
        each = zip(range(rows.start, rows.stop), minibatches.each(), strict=True)
        losses = torch.stack([self._outputs(row, pixels)[0] for row, pixels in each])
        return losses, torch.cat([optimizer.norms() for optimizer in self.optimizers if optimizer.within(rows)])

    def look(self, rows: slice, images: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and codes (R, B, k) of the same images (B, C, H, W), narrower codes padded with 0."""
        losses, codes = zip(*(self._outputs(row, images) for row in range(rows.start, rows.stop)), strict=True)
        return torch.stack(losses), torch.stack([F.pad(code, (0, self.width - code.shape[1])) for code in codes])

    def _outputs(self, row: int, pixels: Tensor) -> Sequence[Tensor]:
        which = Pass(row, self.alone[row].training, len(pixels))
        self.times[which] += 1
        if self.times[which] == TIMES:
            self.passes[which] = self._repeated(which, pixels)
        return self.passes.get(which, self.alone[row].computed)(pixels)

    def _repeated(self, which: Pass, pixels: Tensor) -> Callable[[Tensor], Sequence[Tensor]]:
        one = self.alone[which.row]
        alike = Kind(one.member.width, which.training, which.images)
        try:
            with one.undone():
                if alike not in self.plans:
                    shared = one.images(pixels).clone()
                    self.plans[alike] = Plan(lambda: one.outputs(shared)), shared
                plan, shared = self.plans[alike]
                places = one.places(shared)
                return Repeated(Captured(lambda: one.outputs(shared), plan, places), shared, places)
        except Impossible:
            return one.computed


@dataclass(frozen=True)
class Repeated:
    """A pass that was captured: where it looks for its images, and where its outputs are then."""

    captured: Captured
    images: Tensor
    places: Sequence[Tensor]

    def __call__(self, pixels: Tensor) -> Sequence[Tensor]:
        put_floats(pixels, self.images)
        self.captured()
        return self.places
