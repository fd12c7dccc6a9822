"""A computation taken down once, to be repeated on whatever lies in the same memory by then.

What CUDA graphs are to a GPU, for a CPU. To repeat operations takes no modules, no graph of gradients and no new
memory, and what they hand on stays in the cache. The functions that compute are the same, and so are the bits, as long
as autograd has the same formulas while it is taken down. It has another one for `prod`, which no slot uses:
`tests/test_capture.py` compares all that the slots hold.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from narrows.fleet.cpu.buffers import Scratch
from narrows.fleet.cpu.recorder import Call, Impossible, Recorder, below_autograd, into, returns_list, storage

Computation = Callable[[], Sequence[Tensor]]
Home = tuple[int, int]  # of an output: the number of the call, and of the result among those that it returned


class Plan:
    """The calls of a computation and the memory of their results, for all computations that do the same.

    Memory is shared by results that are not needed at the same time, and by all computations that follow the plan.
    Raises Impossible for a computation whose operations could be others next time.
    """

    def __init__(self, computation: Computation) -> None:
        with Recorder() as recorder:
            outputs = computation()
        self.functions = [call.function for call in recorder.calls]
        self.homes = _homes(recorder.calls, outputs)
        needed = _needed(recorder.calls, outputs)
        scratch = Scratch(needed, outputs)
        self.places = scratch.places
        over = scratch.over - {home[0] for home in self.homes if home}  # those go elsewhere
        with below_autograd():
            self.into = {number: into(call, number in over) for number, call in needed.items()}

    def dtype(self, home: Home) -> torch.dtype | None:
        """Of the result that lies there."""
        result = self.places[home[0]][home[1]]
        return None if result is None else result.dtype


class Captured:
    """A computation that follows a plan, taken down: when called, it is done again, its outputs at `destinations`.

    Those are contiguous. Raises Impossible for a computation that does not follow the plan.
    """

    def __init__(self, computation: Computation, plan: Plan, destinations: Sequence[Tensor]) -> None:
        with _Follower(plan, destinations) as follower:
            outputs = computation()
        if follower.number != len(plan.functions):
            raise Impossible("it ends before it was planned to")
        strangers = zip(plan.homes, destinations, outputs, strict=True)
        self.calls = follower.repeated
        self.calls += [partial(place.copy_, output) for home, place, output in strangers if home not in follower.own]

    def __call__(self) -> None:
        with below_autograd():
            for call in self.calls:
                call()


class _Follower(Recorder):
    """Takes down how what is computed inside is computed again, in the memory of a plan and of `destinations`.

    Autograd is given views of that memory, to which it attaches its graph: the plan outlives it.
    """

    def __init__(self, plan: Plan, destinations: Sequence[Tensor]) -> None:
        super().__init__()
        self.plan, self.number = plan, 0
        self.repeated: list[Callable[[], object]] = []
        homes = zip(plan.homes, destinations, strict=True)
        self.own = {home: place for home, place in homes if home and place.dtype == plan.dtype(home)}

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        number, self.number = self.number, self.number + 1
        if self.plan.functions[number : number + 1] != [function]:
            raise Impossible(f"{function} is not what was planned")
        if number not in self.plan.places:
            return function(*args, **kwargs)
        places = [self._place((number, position), one) for position, one in enumerate(self.plan.places[number])]
        again = Call(function, args, kwargs, places).repeated(self.plan.into[number])
        self.repeated.append(again)
        with below_autograd():
            found = again()
        return (
            _returned(function, [place if place is None else place.detach() for place in places]) if places else found
        )

    def _place(self, home: Home, planned: Tensor | None) -> Tensor | None:
        if planned is None or home not in self.own:
            return planned
        return self.own[home].as_strided(planned.shape, planned.stride())


def _returned(function: Any, results: Sequence[Tensor | None]) -> Any:  # noqa: ANN401
    if returns_list(function):
        return results
    return results[0] if len(results) == 1 else tuple(results)


def _homes(calls: Sequence[Call], outputs: Sequence[Tensor]) -> list[Home | None]:
    """For each output the result that it is as a whole, which can as well lie where it goes; None for a part of one."""
    results = {
        storage(result): (result.numel(), (number, position))
        for number, call in enumerate(calls)
        for position, result in enumerate(call.results)
        if result is not None
    }
    homes: list[Home | None] = []
    for output in outputs:
        numbers, home = results.get(storage(output), (0, None))
        fits = output.is_contiguous() and output.numel() == numbers and home not in homes
        homes.append(home if fits else None)
    return homes


def _needed(calls: Sequence[Call], outputs: Sequence[Tensor]) -> dict[int, Call]:
    """The calls, by their numbers, without those whose results nobody uses."""
    wanted, found = set(map(storage, outputs)), {}
    for number, call in reversed(list(enumerate(calls))):
        if call.acts or wanted & {storage(result) for result in call.results if result is not None}:
            wanted |= set(map(storage, call.inputs))
            found[number] = call
    return dict(reversed(found.items()))
