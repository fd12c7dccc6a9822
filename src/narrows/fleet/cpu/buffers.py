"""Memory for intermediate results: as little as possible, so that it stays in a core's cache."""

from collections.abc import Mapping, Sequence
from math import inf

import torch
from torch import Tensor

from narrows.fleet.cpu.recorder import Call, storage


class Scratch:
    """Memory for the results of `calls`, by their numbers; a piece is reused once no later call needs its content.

    `places` have the shapes and strides of the results. `outputs` are kept to the end. Calls in `over` write their
    result over their first argument.
    """

    def __init__(self, calls: Mapping[int, Call], outputs: Sequence[Tensor]) -> None:
        self.last: dict[int, float] = {
            storage(value): number for number, call in calls.items() for value in call.inputs
        }
        self.last |= {storage(output): inf for output in outputs}  # the call that needs a storage last
        self.pieces: list[Tensor] = []
        self.contents: list[int] = []
        self.over: set[int] = set()
        self.places = {
            number: [result if result is None else self._place(result, number, call) for result in call.results]
            for number, call in calls.items()
        }

    def _place(self, result: Tensor, now: int, call: Call) -> Tensor:
        """Over an argument, else in the smallest free piece, else in a new one."""
        replaceable = self._replaceable(result, now, call)
        fitting = [number for number in range(len(self.pieces)) if self._fits(result, number)]
        over = [number for number in fitting if self.contents[number] in replaceable]
        free = [number for number in fitting if self.last[self.contents[number]] < now]
        chosen = min(over or free or [self._new(result)], key=lambda number: self.pieces[number].numel())
        first = call.args[0] if call.args else None  # a number in 2 ** x
        if over and isinstance(first, Tensor) and self.contents[chosen] == storage(first):
            self.over.add(now)
        self.contents[chosen] = storage(result)
        self.last.setdefault(storage(result), now)
        return self.pieces[chosen].as_strided(result.shape, result.stride())

    def _replaceable(self, result: Tensor, now: int, call: Call) -> set[int]:
        """Arguments of an elementwise call that no later call needs, so that it can write over them."""
        if torch.Tag.pointwise not in call.function.tags:
            return set()
        layout = result.shape, result.stride(), 0
        others = {storage(x) for x in call.inputs if (x.shape, x.stride(), x.storage_offset()) != layout}
        return {storage(x) for x in call.inputs if self.last[storage(x)] == now} - others

    def _fits(self, result: Tensor, number: int) -> bool:
        return result.dtype == self.pieces[number].dtype and result.numel() <= self.pieces[number].numel()

    def _new(self, result: Tensor) -> int:
        self.pieces.append(result.new_empty(result.numel()))
        self.contents.append(storage(result))
        return len(self.pieces) - 1
