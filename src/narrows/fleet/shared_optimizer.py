"""The optimisers of a fleet: one for each setting, over all members that have it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from narrows.fleet.stack import REGISTER, Stack, Tensors, fills


class Piece(NamedTuple):
    """A trained tensor of R members of a stack, (R, …): a view of it or, `apart`, a copy in their own shape."""

    name: str
    rows: range
    apart: bool
    parameter: Tensor


class SharedOptimizer:
    """Members `rows` of a stack, next to one another, that share their optimiser's settings and so one optimiser.

    It is the one that would train each of them alone, over views of the stack: torch's optimisers work number by
    number, so no member's steps depend on its neighbours, and a fleet with one learning rate has one fused kernel.

    An `exact` one rounds as that one alone does. On a CPU a kernel computes the numbers at the end of a tensor, which
    fill no register, with other instructions than those before: such a tensor is a copy, each member's own.
    Weights beside the code are copies without their padding, one of all that are equally wide.
    """

    def __init__(
        self,
        rows: range,
        stack: Stack,
        make_optimizer: Callable[[Iterable[Any]], Optimizer],
        make_schedule: Callable[[Optimizer], LRScheduler],
        exact: bool,
    ) -> None:
        self.rows, self.stack = rows, stack
        self.homes: list[Tensor] = []  # in the stack, of what is apart
        self.apart: list[Tensor] = []
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
            owns = self.stack.owns(name, values[rows.start : rows.stop], rows.start)
            pieces = list(self._exact(name, rows, owns))
            for piece, gradient in zip(pieces, self._gradient(rows, owns).split(len(pieces[0].rows)), strict=True):
                piece.parameter.grad = gradient
            yield from pieces

    def _exact(self, name: str, rows: range, owns: Tensor) -> Iterator[Piece]:
        if fills(owns[0].numel()):
            yield self._apart(name, rows, owns) if name in self.stack.dims else Piece(name, rows, False, owns)
        else:
            for row, own in zip(rows, owns.split(1), strict=True):
                yield self._apart(name, range(row, row + 1), own)

    def _gradient(self, rows: range, owns: Tensor) -> Tensor:
        """Room for the gradients of these, in one array with what fills up the registers of each."""
        numbers = owns[0].numel()
        gradient = owns.new_zeros(len(rows), numbers + -numbers % REGISTER)
        self.gradients.append((slice(rows.start - self.rows.start, rows.stop - self.rows.start), gradient))
        own: Tensor = gradient[:, :numbers].unflatten(1, owns.shape[1:])
        return own

    def _apart(self, name: str, rows: range, values: Tensor) -> Piece:
        parameter = values.clone()
        home, own = self.stack.places(name, rows, parameter)
        self.homes.append(home)
        self.apart.append(own)
        return Piece(name, rows, True, parameter)

    @property
    def lr(self) -> float:
        return float(self.optimizer.param_groups[0]["lr"])

    def within(self, rows: slice) -> bool:
        """Whether its members are among these: all of them or none, since they have equally many images."""
        return self.rows.start in range(rows.start, rows.stop)

    def of_member(self, row: int) -> tuple[Tensors, Tensors]:
        """Member `row`'s weights as they are trained here, and where its gradients are looked for."""
        weights, gradients = {}, {}
        for name, rows, _, parameter in self.pieces:
            if row in rows and parameter.grad is not None:  # never None once a piece is made
                weights[name], gradients[name] = parameter[row - rows.start], parameter.grad[row - rows.start]
        return weights, gradients

    def take(self, gradients: Tensors, first: int) -> None:
        """For the next step: the gradients of members `first` and after, (R, …) for each trained tensor."""
        for piece in self.pieces:
            piece.parameter.grad = gradients[piece.name][piece.rows.start - first : piece.rows.stop - first]

    def norms(self) -> Tensor:
        """Each member's norm of all gradients, (R,): of those that lie where `of_member` says."""
        squares = torch.zeros(len(self.rows), dtype=self.gradients[0][1].dtype)
        for rows, gradient in self.gradients:
            squares[rows] += torch.linalg.vector_norm(gradient, dim=1).square()
        return squares.sqrt()

    def step(self) -> None:
        self.optimizer.step()
        self.schedule.step()

    def bring_home(self) -> None:
        """What is trained apart, into the stack."""
        if self.apart:
            torch._foreach_copy_(self.homes, self.apart)

    def states(self, row: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Those of the optimiser and the schedule that would have trained member `row` alone."""
        moments = [self._own(piece, row) for piece in self.pieces if row in piece.rows]
        return _state_dict(moments, self.optimizer.param_groups[0]), self.schedule.state_dict()

    def _own(self, piece: Piece, row: int) -> dict[str, Any]:
        """What the optimiser keeps of one member's tensor: a copy, which stays when the stack moves on."""

        def own(value: Tensor) -> Tensor:
            of_row = value[row - piece.rows.start]
            return of_row if piece.apart else self.stack.own(piece.name, of_row, row)

        kept = self.optimizer.state[piece.parameter]
        return {key: own(value).clone() if _is_moment(value) else deepcopy(value) for key, value in kept.items()}

    def continue_from(self, optimizers: Sequence[Mapping[str, Any]], schedule: Mapping[str, Any]) -> None:
        """Take over where each member stood, in the order of the rows, and the schedule that they share."""
        numbers = {name: number for number, name in enumerate(self.stack.trained)}
        states = dict(zip(self.rows, (one["state"] for one in optimizers), strict=True))
        moments = [
            self._shared(piece, [states[row].get(numbers[piece.name], {}) for row in piece.rows])
            for piece in self.pieces
        ]
        self.optimizer.load_state_dict(_state_dict(moments, optimizers[0]["param_groups"][0]))
        self.schedule.load_state_dict(dict(schedule))

    def _shared(self, piece: Piece, own: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The way back, given what each member of a piece had."""

        def stacked(key: str) -> Tensor:
            values: list[Tensor] = [one[key] for one in own]
            if piece.apart:
                return torch.stack(values)
            return torch.stack([self.stack.padded(piece.name, *one) for one in zip(values, piece.rows, strict=True)])

        return {key: stacked(key) if _is_moment(value) else deepcopy(value) for key, value in own[0].items()}


def _state_dict(moments: Sequence[Mapping[str, Any]], group: Mapping[str, Any]) -> dict[str, Any]:
    """As torch's optimisers have it, for as many parameters as there are moments."""
    state = {number: moment for number, moment in enumerate(moments) if moment}
    return {"state": state, "param_groups": [{**group, "params": list(range(len(moments)))}]}


def _is_moment(value: object) -> bool:
    """What an optimiser keeps for each weight, unlike the number of steps, which members share."""
    return isinstance(value, Tensor) and value.dim() > 0
