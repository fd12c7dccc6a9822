"""The optimiser of stacked members, whose step can be captured in a CUDA graph."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ConstantLR, LRScheduler

from narrows.fleet.gpu import tensor_rates
from narrows.fleet.shared_optimizer import SharedOptimizer
from narrows.fleet.stack import Stack, Tensors
from narrows.training.gradient_norms import clipping, gradient_norms


class StackedOptimizer(SharedOptimizer):
    """As `SharedOptimizer`, over slices of the stack. A graph would repeat the numbers that it was captured with.

    So a rate that changes is a tensor, which `advance` fills after each step; a schedule works with numbers, and drives
    an optimiser of a single one. Torch's fused kernels take the rate as a tensor of float32 and the momentum as a
    number: in float64, and where the schedule changes the momentum, the step is that of `tensor_rates`.
    """

    def __init__(
        self,
        rows: range,
        stack: Stack,
        make_optimizer: Callable[[Iterable[Any]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
        clip: float | None,
    ) -> None:
        super().__init__(rows, stack, make_optimizer, make_schedule, clip, exact=False)
        first = self.pieces[0].parameter
        self.numbers = make_optimizer([torch.zeros(1)])
        self.schedule = make_schedule(self.numbers)
        self.changes = not isinstance(self.schedule, ConstantLR)
        self.fused = first.dtype == torch.float32 and not getattr(self.schedule, "cycle_momentum", False)
        self.rate = torch.zeros((), dtype=first.dtype, device=first.device)
        self.momentum = torch.zeros_like(self.rate)
        self._use_rates()

    @property
    def group(self) -> dict[str, Any]:
        return self.numbers.param_groups[0]

    def take(self, gradients: Tensors, first: int) -> None:
        """Use these gradients in the next step: (R, …) for each trained tensor, beginning with member `first`."""
        for piece in self.pieces:
            piece.parameter.grad = gradients[piece.name][piece.rows.start - first : piece.rows.stop - first]

    def update(self) -> None:
        """Update the weights; captured in a graph."""
        if self.clip:
            self._clip(self.clip)
        if not self.changes or self.fused:
            self.optimizer.step()
        else:
            tensor_rates.step(self.optimizer, self.rate, self.momentum)

    def _clip(self, limit: float) -> None:
        """Clip each member's gradients by the norm of its own."""
        gradients = [piece.parameter.grad for piece in self.pieces if piece.parameter.grad is not None]
        factors = clipping(gradient_norms(gradients), limit)
        for gradient in gradients:
            gradient.mul_(factors.view(-1, *[1] * (gradient.dim() - 1)))

    def advance(self) -> None:
        """To be called after each step, outside a graph: the rates of the next one."""
        self.numbers.step()  # without a gradient it does nothing; schedules ask for it
        self.schedule.step()
        if self.changes:
            self._fill()

    def _fill(self) -> None:
        self.rate.fill_(self.lr)
        self.momentum.fill_(tensor_rates.momentum(self.group))

    def _use_rates(self) -> None:
        """Begin with the rates of `numbers`."""
        (group,) = self.optimizer.param_groups
        group.update({key: value for key, value in self.group.items() if key != "params"})
        if "capturable" in group:
            group["capturable"] = self.rate.is_cuda
        if self.changes:
            self._fill()
            group["lr"] = self.rate

    def continue_from(self, optimizers: Sequence[Mapping[str, Any]], schedule: Mapping[str, Any]) -> None:
        """Continue from each member's state, in the order of the rows, and from the schedule that they share."""
        super().continue_from(optimizers, schedule)
        group = {**optimizers[0]["param_groups"][0], "params": [0]}
        self.numbers.load_state_dict({"state": {}, "param_groups": [group]})
        self._use_rates()
