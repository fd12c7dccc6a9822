"""Memory for what operations hand on to one another: as little as will do, so that it stays in a core's cache."""

from collections.abc import Mapping, Sequence
from math import inf

import torch
from torch import Tensor

from narrows.fleet.cpu.recorder import Call, storage


class Scratch:
    """Memory for the results of `calls` by their numbers, used again as soon as nobody needs what lies there.

    `places` are laid out as the results were; `outputs` are needed to the end. Calls that are `over` write over their
    first argument.
    """

    def __init__(self, calls: Mapping[int, Call], outputs: Sequence[Tensor]) -> None:
        self.last: dict[int, float] = {storage(one): number for number, call in calls.items() for one in call.inputs}
        self.last |= {storage(output): inf for output in outputs}  # the call that needs a storage last
        self.pieces: list[Tensor] = []
        self.contents: list[int] = []
        self.over: set[int] = set()
        self.places = {
            number: [one if one is None else self._place(one, number, call) for one in call.results]
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
        """Arguments that nobody needs later, of a call that works number by number and so can write over them."""
        if torch.Tag.pointwise not in call.function.tags:
            return set()
        layout = result.shape, result.stride(), 0
        others = {storage(one) for one in call.inputs if (one.shape, one.stride(), one.storage_offset()) != layout}
        return {storage(one) for one in call.inputs if self.last[storage(one)] == now} - others

    def _fits(self, result: Tensor, number: int) -> bool:
        return result.dtype == self.pieces[number].dtype and result.numel() <= self.pieces[number].numel()

    def _new(self, result: Tensor) -> int:
        self.pieces.append(result.new_empty(result.numel()))
        self.contents.append(storage(result))
        return len(self.pieces) - 1
