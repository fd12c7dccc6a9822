"""Steps of a fleet on a CPU: one member after the other, each bit for bit as it computes alone."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.data.sources import put_floats
from narrows.fleet.cpu.capture import Captured, Plan
from narrows.fleet.cpu.member_step import MemberStep
from narrows.fleet.cpu.recorder import Impossible
from narrows.fleet.member import Member
from narrows.fleet.minibatches import Minibatches
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack

TIMES = 4  # a pass is captured at its fourth call, since capturing takes 5 ms and each replay saves 1 ms


class Pass(NamedTuple):
    """A pass of a member, in training or not, over so many images."""

    row: int
    training: bool
    images: int


class Program(NamedTuple):
    """What determines the operations of a pass: between members of a fleet only the code differs."""

    width: int
    constants: tuple[int, ...]
    training: bool
    images: int


class OneByOne:
    """Passes of members over weights and gradients in the memory of their optimisers.

    A pass that is called often is captured, and replayed from then on.
    """

    def __init__(self, members: Sequence[Member], stack: Stack, optimizers: Sequence[SharedOptimizer]) -> None:
        self.optimizers = optimizers
        memory = {row: optimizer.of_member(row) for optimizer in optimizers for row in optimizer.rows}
        buffers = [name for name in stack.tensors if name not in stack.trained and name not in stack.settings]
        running = [{name: _of_member(stack, name, row) for name in buffers} for row in range(len(members))]
        self.steps = [MemberStep(member, *memory[row], running[row]) for row, member in enumerate(members)]
        self.stack = stack
        self.times: Counter[Pass] = Counter()
        self.passes: dict[Pass, Callable[[Tensor], Sequence[Tensor]]] = {}
        self.plans: dict[Program, tuple[Plan, Tensor]] = {}  # each with the memory of its images

    def begin(self, training: bool) -> None:
        """To be called before the passes of an epoch over training images, and before those over images held out."""
        for row, step in enumerate(self.steps):
            if step.begin(training):
                self._forget(row, training)

    def _forget(self, row: int, training: bool) -> None:
        """Discard what was captured of a member's passes in training, or of those out of it."""
        for member_pass in [each for each in self.times if (each.row, each.training) == (row, training)]:
            del self.times[member_pass]
            self.passes.pop(member_pass, None)

    def step(self, rows: slice, minibatches: Minibatches) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and gradient norms (R,) of these members; leaves the gradients with their optimisers."""
        each = zip(range(rows.start, rows.stop), minibatches.each(), strict=True)
        losses = torch.stack([self._outputs(row, pixels)[0] for row, pixels in each])
        return losses, torch.cat([optimizer.norms() for optimizer in self.optimizers if optimizer.within(rows)])

    def write_back(self) -> None:
        """Copy state that is as wide as the code, such as a codebook, into the stack, which holds it padded."""
        for row, step in enumerate(self.steps):
            for name in step.running.keys() & self.stack.dims.keys():
                self.stack.tensors[name][row] = self.stack.padded(name, step.running[name], row)

    def evaluate(self, rows: slice, images: Tensor) -> tuple[Tensor, Tensor]:
        """Losses (R, B) and codes (R, B, k) of the same images (B, C, H, W), narrower codes padded with 0."""
        losses, codes = zip(*(self._outputs(row, images) for row in range(rows.start, rows.stop)), strict=True)
        return torch.stack(losses), torch.stack([F.pad(code, (0, self.stack.width - code.shape[1])) for code in codes])

    def _outputs(self, row: int, pixels: Tensor) -> Sequence[Tensor]:
        member_pass = Pass(row, self.steps[row].training, len(pixels))
        self.times[member_pass] += 1
        if self.times[member_pass] == TIMES:
            self.passes[member_pass] = self._captured(member_pass, pixels)
        return self.passes.get(member_pass, self.steps[row].computed)(pixels)

    def _captured(self, member_pass: Pass, pixels: Tensor) -> Callable[[Tensor], Sequence[Tensor]]:
        """The pass as a replay, or as it is where it cannot be captured."""
        step = self.steps[member_pass.row]
        program = Program(step.member.width, step.autoencoder.code.constants, member_pass.training, member_pass.images)
        try:
            with step.undone():
                if program not in self.plans:
                    shared = step.images(pixels).clone()
                    self.plans[program] = Plan(lambda: step.outputs(shared)), shared
                plan, shared = self.plans[program]
                places = step.places(shared)
                return Replay(Captured(lambda: step.outputs(shared), plan, places), shared, places)
        except Impossible:
            return step.computed


def _of_member(stack: Stack, name: str, row: int) -> Tensor:
    """State of a member that no gradient moves: in the stack's memory, or a copy where it is padded there."""
    return stack.unpadded(name, stack.tensors[name][row], row)


@dataclass(frozen=True)
class Replay:
    """A captured pass, with the memory that it reads its images from and the memory of its outputs."""

    captured: Captured
    images: Tensor
    places: Sequence[Tensor]

    def __call__(self, pixels: Tensor) -> Sequence[Tensor]:
        put_floats(pixels, self.images)
        self.captured()
        return self.places
