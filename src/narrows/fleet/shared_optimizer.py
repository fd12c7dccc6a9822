"""The optimisers of a fleet: one for each setting, over all members that have it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.fleet.on_cpu import on_cpu
from narrows.fleet.stack import REGISTER, Stack, Tensors, fills
from narrows.training.averages import swap
from narrows.training.gradient_norms import clip


class Piece(NamedTuple):
    """A trained tensor of R members of a stack, (R, …): a view of it or, if `detached`, a copy in their own shape."""

    name: str
    rows: range
    detached: bool
    parameter: Tensor


class SharedOptimizer:
    """One optimiser for adjacent members `rows` of a stack, which have the same optimiser settings.

    It is the optimiser that would train each of them alone, over views of the stack. Torch's optimisers are
    elementwise, so no member's steps depend on another's, and a fleet with one learning rate has one fused kernel.
    `clip` is the largest norm of a member's own gradients, None for any.

    `exact`: round as the optimiser of each member alone does. A CPU kernel computes the last numbers of a tensor, which
    do not fill a register, with other instructions than the rest, which round differently. So each member has a copy of
    tensors whose size is not a multiple of the register, and weights next to the code are copied without padding,
    together for members of one width.
    """

    def __init__(
        self,
        rows: range,
        stack: Stack,
        make_optimizer: Callable[[Iterable[Any]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
        clip: float | None,
        exact: bool = True,
    ) -> None:
        self.rows, self.stack, self.clip = rows, stack, clip
        self.stacked: list[Tensor] = []  # views of the stack for each detached piece, and
        self.detached: list[Tensor] = []  # views of the pieces, of the same shapes
        self.gradients: list[tuple[slice, Tensor]] = []
        self.pieces = [piece for name in stack.trained for piece in self._pieces(name, exact)]
        self.optimizer = make_optimizer([piece.parameter for piece in self.pieces])
        self.schedule = make_schedule(self.optimizer)

    def _pieces(self, name: str, exact: bool) -> Iterator[Piece]:
        values = self.stack.tensors[name]
        if not exact:
            yield Piece(name, self.rows, False, values[self.rows.start : self.rows.stop])
            return
        for rows in self.stack.alike(self.rows) if name in self.stack.dims else [self.rows]:
            unpadded = self.stack.unpadded_rows(name, values[rows.start : rows.stop], rows.start)
            pieces = list(self._exact(name, rows, unpadded))
            gradients = self._gradients(rows, unpadded).split(len(pieces[0].rows))
            for piece, gradient in zip(pieces, gradients, strict=True):
                piece.parameter.grad = gradient
            yield from pieces

    def _exact(self, name: str, rows: range, values: Tensor) -> Iterator[Piece]:
        if fills(values[0].numel()):
            yield self._detach(name, rows, values) if name in self.stack.dims else Piece(name, rows, False, values)
        else:
            for row, value in zip(rows, values.split(1), strict=True):
                yield self._detach(name, range(row, row + 1), value)

    def _gradients(self, rows: range, values: Tensor) -> Tensor:
        """Memory for the gradients of these members, in one array in which each begins at a register's boundary."""
        numbers = values[0].numel()
        memory = values.new_zeros(len(rows), numbers + -numbers % REGISTER)
        self.gradients.append((slice(rows.start - self.rows.start, rows.stop - self.rows.start), memory))
        gradients: Tensor = memory[:, :numbers].unflatten(1, values.shape[1:])
        return gradients

    def _detach(self, name: str, rows: range, values: Tensor) -> Piece:
        parameter = values.clone()
        stacked, detached = self.stack.matching_views(name, rows, parameter)
        self.stacked.append(stacked)
        self.detached.append(detached)
        return Piece(name, rows, True, parameter)

    @property
    def group(self) -> dict[str, Any]:
        """The settings, with the rates of the next step."""
        return self.optimizer.param_groups[0]

    @property
    def lr(self) -> float:
        return float(self.group["lr"])

    def within(self, rows: slice) -> bool:
        """Whether its members are in this slice: all of them or none, since they have equally many images."""
        return self.rows.start in range(rows.start, rows.stop)

    def of_member(self, row: int) -> tuple[Tensors, Tensors]:
        """Views of member `row`'s weights as they are trained here, and of the memory of its gradients."""
        weights, gradients = {}, {}
        for name, rows, _, parameter in self.pieces:
            if row in rows and parameter.grad is not None:  # never None once a piece is made
                weights[name], gradients[name] = parameter[row - rows.start], parameter.grad[row - rows.start]
        return weights, gradients

    def norms(self) -> Tensor:
        """Each member's norm of all gradients, (R,), in the memory that `of_member` returns."""
        squares = torch.zeros(len(self.rows), dtype=self.gradients[0][1].dtype)
        for rows, gradient in self.gradients:
            squares[rows] += torch.linalg.vector_norm(gradient, dim=1).square()
        return squares.sqrt()

    def step(self) -> None:
        if self.clip:
            for row in self.rows:
                clip(list(self.of_member(row)[1].values()), self.clip)
        self.optimizer.step()
        self.schedule.step()

    def write_back(self) -> None:
        """Copy the weights of detached pieces into the stack."""
        if self.detached:
            torch._foreach_copy_(self.stacked, self.detached)

    def swap(self) -> None:
        """Exchange the weights, also those in the stack, and their averages, if the optimiser keeps any."""
        swap(self.optimizer)
        self.write_back()

    def states(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """State dicts of the optimiser and the schedule, on the CPU, as if they had trained each of `rows` alone."""
        pieces = [(piece, on_cpu(self.optimizer.state[piece.parameter])) for piece in self.pieces]
        for row in self.rows:
            moments = [self._of_row(piece, state, row) for piece, state in pieces if row in piece.rows]
            yield _state_dict(moments, self.group), self.schedule.state_dict()

    def _of_row(self, piece: Piece, state: Mapping[str, Any], row: int) -> dict[str, Any]:
        """A copy of what the optimiser keeps for one member's tensor, from its state for those of all members."""

        def unpadded(value: Tensor) -> Tensor:
            of_row = value[row - piece.rows.start]
            return of_row if piece.detached else self.stack.unpadded(piece.name, of_row, row)

        return {  # copies of this member only: `value` has the moments of all
            key: (unpadded(value) if _is_moment(value) else value).clone() for key, value in state.items()
        }

    def continue_from(self, optimizers: Sequence[Mapping[str, Any]], schedule: Mapping[str, Any]) -> None:
        """Continue from each member's state, in the order of the rows, and from the schedule that they share."""
        numbers = {name: number for number, name in enumerate(self.stack.trained)}
        states = dict(zip(self.rows, (optimizer["state"] for optimizer in optimizers), strict=True))
        moments = [
            self._shared(piece, [states[row].get(numbers[piece.name], {}) for row in piece.rows])
            for piece in self.pieces
        ]
        self.optimizer.load_state_dict(_state_dict(moments, optimizers[0]["param_groups"][0]))
        self.schedule.load_state_dict(dict(schedule))

    def _shared(self, piece: Piece, states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Inverse of `_of_row`, for the states of all members of a piece."""

        def stacked(key: str) -> Tensor:
            values: list[Tensor] = [state[key] for state in states]
            if not piece.detached:
                values = [self.stack.padded(piece.name, *pair) for pair in zip(values, piece.rows, strict=True)]
            return torch.stack(values)

        return {key: stacked(key) if _is_moment(value) else deepcopy(value) for key, value in states[0].items()}


def _state_dict(moments: Sequence[Mapping[str, Any]], group: Mapping[str, Any]) -> dict[str, Any]:
    """The state dict of a torch optimiser with as many parameters as there are moments."""
    state = {number: moment for number, moment in enumerate(moments) if moment}
    return {"state": state, "param_groups": [{**group, "params": list(range(len(moments)))}]}


def _is_moment(value: object) -> bool:
    """True for what an optimiser keeps for each weight; the number of steps is shared by all members."""
    return isinstance(value, Tensor) and value.dim() > 0
