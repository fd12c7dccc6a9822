"""Codes of sparse dictionaries: many units, few of them active in an image. Which units fire is watched in training."""

from abc import abstractmethod
from math import inf

import torch
from torch import Tensor, nn

from narrows.models.selection import Selecting, keep_largest
from narrows.models.traits import Code
from narrows.seeds import Noise

SLOWEST = 0.01  # rate of the running threshold of `BatchTopK`; the first hundred steps are averaged evenly


class Watched(Code):
    """A sparse code (B, k) of numbers at least 0, which watches in training which of its units fire.

    silent  buffer (k,): training steps since each unit was last active in an image
    steps   buffer (1,): training steps

    A training step is a pass in training mode with a source of noise; other passes change no state, and none depends on
    the other images of its batch. A unit is dead that has been silent for `dead_after` steps.
    """

    stacks = True
    watches = True
    silent: Tensor
    steps: Tensor

    def __init__(self, units: int, dead_after: int) -> None:
        super().__init__()
        self.dead_after = dead_after
        self.register_buffer("silent", torch.zeros(units, dtype=torch.int64))
        self.register_buffer("steps", torch.zeros(1, dtype=torch.int64))

    @abstractmethod
    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        """The codes of the encoder's outputs, (B, k) to (B, k)."""

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        training = self.training and noise is not None
        codes = self.codes(hidden, training)
        if training:
            self.watch(codes.detach())
        return codes

    def watch(self, codes: Tensor) -> None:
        """Update the state by the codes of a training step."""
        self.silent.add_(1).masked_fill_((codes > 0).any(-2), 0)
        self.steps.add_(1)

    def dead(self) -> Tensor:
        """Which units are dead, bool (1, k), in a stack (M, 1, k)."""
        silent = (self.silent >= self.dead_after).unsqueeze(-2)
        return silent if self.present is None else silent & self.present

    @torch.no_grad()
    def revive(self, units: Tensor) -> None:
        """Begin anew with these units, bool (k,), whose weights have been drawn again."""
        self.silent.masked_fill_(units, 0)


class Relu(Watched):
    """Rectified numbers; the weight of `code_l1` makes them sparse (Bricken et al. 2023)."""

    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        return hidden.relu()


class TopK(Watched, Selecting):
    """The `active` largest numbers of each code, rectified, the rest 0 (Gao et al. 2024, eq. 1).

    With `annealing` the number of units that may be active in a training step falls linearly from all to `active` over
    so many steps; evaluation uses `active` from the start, so that epochs can be compared.
    """

    padding = -inf

    def __init__(self, units: int, dead_after: int, active: int, annealing: int) -> None:
        super().__init__(units, dead_after)
        self.active = self.most = active
        self.annealing = annealing

    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        return keep_largest(hidden, *self.limits(hidden, training)).relu()

    def limits(self, hidden: Tensor, training: bool) -> tuple[int, int | Tensor]:
        """The largest number of active units that a member of a stack can have now, and each member's own."""
        if not (training and self.annealing):
            return self.most, self.active
        width = self.width(hidden)
        units = width.unsqueeze(-1) if isinstance(width, Tensor) else width
        left = (self.annealing - self.steps).clamp(min=0).unsqueeze(-1)
        return hidden.shape[-1], self.active + (units - self.active) * left // self.annealing


class BatchTopK(TopK):
    """In training the `active` · B largest numbers of a batch of B codes, rectified (Bussmann et al. 2024).

    Otherwise the numbers above a threshold, the running mean of the smallest number that was kept in each training
    step, so that no code depends on the other images. `threshold` is a buffer (1,).
    """

    threshold: Tensor

    def __init__(self, units: int, dead_after: int, active: int, annealing: int) -> None:
        super().__init__(units, dead_after, active, annealing)
        self.register_buffer("threshold", torch.zeros(1))

    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        if not training:
            return hidden.where(hidden > self.threshold.unsqueeze(-1), 0)
        images, (most, active) = hidden.shape[-2], self.limits(hidden, training)
        kept = keep_largest(hidden.flatten(-2).unsqueeze(-2), images * most, images * active)
        codes: Tensor = kept.squeeze(-2).unflatten(-1, hidden.shape[-2:]).relu()
        return codes

    def watch(self, codes: Tensor) -> None:
        smallest = codes.where(codes > 0, inf).flatten(-2).amin(-1, keepdim=True).to(self.threshold.dtype)
        rate = (1 / (self.steps + 1)).clamp(min=SLOWEST)
        moved = self.threshold + rate * (smallest - self.threshold)
        self.threshold.copy_(moved.where(smallest.isfinite(), self.threshold))
        super().watch(codes)


class Gated(Watched):
    """A gate decides which units are active, a second number how much (Rajamanoharan et al. 2024a, eq. 6 to 8).

    Both come from the encoder's output h: the gate is open where h > 0, and the magnitude is relu(exp(r) h + b), where
    r and b, (k,), are learnt for each unit. The gate itself has no gradient: `code_l1` acts on relu(h), which the term
    `gate_error` decodes.
    """

    def __init__(self, units: int, dead_after: int) -> None:
        super().__init__(units, dead_after)
        self.log_scale, self.shift = nn.Parameter(torch.zeros(units)), nn.Parameter(torch.zeros(units))

    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        magnitudes: Tensor = (self.log_scale.exp().unsqueeze(-2) * hidden + self.shift.unsqueeze(-2)).relu()
        return magnitudes.where(hidden > 0, 0)

    def magnitudes(self, hidden: Tensor, code: Tensor) -> Tensor:
        return hidden.relu()

    @torch.no_grad()
    def revive(self, units: Tensor) -> None:
        super().revive(units)
        for parameter in (self.log_scale, self.shift):
            parameter.masked_fill_(units, 0)
