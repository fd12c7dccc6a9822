"""The optimisers of a fleet: one for each setting, over all members that have it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.training.stack import Stack


class SharedOptimizer:
    """Members `rows` of a stack, next to one another, that share their optimiser's settings and so one optimiser.

    It is the one that would train each of them alone, over views of the stack: torch's optimisers work number by
    number, so no member's steps depend on its neighbours, and a fleet with one learning rate has one fused kernel.
    """

    def __init__(
        self,
        rows: range,
        stack: Stack,
        make_optimizer: Callable[[Iterable[Any]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
    ) -> None:
        self.rows, self.stack = rows, stack
        self.parameters = [stack.tensors[name][rows.start : rows.stop] for name in stack.trained]
        self.optimizer = make_optimizer(self.parameters)
        self.schedule = make_schedule(self.optimizer)

    @property
    def lr(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    def step(self, gradients: Sequence[Tensor], first: int) -> None:
        """One step with the gradients of members `first` and after, (M, …) for each trained tensor."""
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient[self.rows.start - first : self.rows.stop - first]
        self.optimizer.step()
        self.schedule.step()

    def states(self, row: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Those of the optimiser and the schedule that would have trained member `row` alone."""
        whole = self.optimizer.state_dict()
        moments = {
            number: {key: self._own(number, value, row) for key, value in values.items()}
            for number, values in whole["state"].items()
        }
        return whole | {"state": moments}, self.schedule.state_dict()

    def continue_from(self, optimizers: Sequence[Mapping[str, Any]], schedule: Mapping[str, Any]) -> None:
        """Take over where each member stood, in the order of the rows, and the schedule that they share."""
        moments = {
            number: {key: self._stacked(number, key, optimizers) for key in values}
            for number, values in optimizers[0]["state"].items()
        }
        self.optimizer.load_state_dict({**optimizers[0], "state": moments})
        self.schedule.load_state_dict(dict(schedule))

    def _own(self, number: int, value: Any, row: int) -> Any:  # noqa: ANN401 - a moment, or the number of steps
        if not _is_moment(value):
            return value
        return self.stack.own(self.stack.trained[number], value[row - self.rows.start], row)

    def _stacked(self, number: int, key: str, optimizers: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
        values, name = [one["state"][number][key] for one in optimizers], self.stack.trained[number]
        if not _is_moment(values[0]):
            return values[0]
        return torch.stack([self.stack.padded(name, v, row) for v, row in zip(values, self.rows, strict=True)])


def _is_moment(value: object) -> bool:
    """What an optimiser keeps for each weight, unlike the number of steps, which members share."""
    return isinstance(value, Tensor) and value.dim() > 0
