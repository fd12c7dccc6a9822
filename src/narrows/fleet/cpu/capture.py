"""A computation captured once, to be replayed on whatever its input memory contains by then.

The counterpart of CUDA graphs for a CPU. A replay needs no modules, no graph of gradients and no new memory, and its
intermediate results stay in the cache. It calls the same functions, so it computes the same bits, as long as autograd
uses the same formulas while it is recorded. It uses another one for `prod`, which no slot does:
`tests/fleet/test_capture.py` compares all that the slots hold.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from narrows.fleet.cpu.buffers import Scratch
from narrows.fleet.cpu.recorder import Call, Impossible, Recorder, below_autograd, into, returns_list, storage

Computation = Callable[[], Sequence[Tensor]]
Source = tuple[int, int]  # of an output: the number of the call, and of the result among those that it returned


class Plan:
    """The operations of a computation and the memory of their results, for all computations of the same operations.

    Memory is shared by results that are not needed at the same time, and by all computations that follow the plan.
    Raises Impossible for a computation whose operations may be others next time.
    """

    def __init__(self, computation: Computation) -> None:
        with Recorder() as recorder:
            outputs = computation()
        self.functions = [call.function for call in recorder.calls]
        self.sources = _sources(recorder.calls, outputs)
        needed = _needed(recorder.calls, outputs)
        scratch = Scratch(needed, outputs)
        self.places = scratch.places
        over = scratch.over - {source[0] for source in self.sources if source}  # these have a destination
        with below_autograd():
            self.into = {number: into(call, number in over) for number, call in needed.items()}

    def dtype(self, source: Source) -> torch.dtype | None:
        """The type of this result."""
        result = self.places[source[0]][source[1]]
        return None if result is None else result.dtype


class Captured:
    """A captured computation that follows a plan: when called, it writes its outputs to `destinations`.

    These are contiguous. Raises Impossible for a computation that does not follow the plan.
    """

    def __init__(self, computation: Computation, plan: Plan, destinations: Sequence[Tensor]) -> None:
        with _Follower(plan, destinations) as follower:
            outputs = computation()
        if follower.number != len(plan.functions):
            raise Impossible("it has fewer operations than planned")
        every = zip(plan.sources, destinations, outputs, strict=True)
        self.calls = follower.repeated
        self.calls += [partial(place.copy_, output) for source, place, output in every if source not in follower.direct]

    def __call__(self) -> None:
        with below_autograd():
            for call in self.calls:
                call()


class _Follower(Recorder):
    """Records callables that repeat the operations inside in the memory of a plan and of `destinations`.

    Autograd is given views of that memory and attaches its graph to them: the plan outlives the graph.
    """

    def __init__(self, plan: Plan, destinations: Sequence[Tensor]) -> None:
        super().__init__()
        self.plan, self.number = plan, 0
        self.repeated: list[Callable[[], object]] = []
        pairs = zip(plan.sources, destinations, strict=True)
        self.direct = {source: place for source, place in pairs if source and place.dtype == plan.dtype(source)}

    def call(self, function: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        number, self.number = self.number, self.number + 1
        if self.plan.functions[number : number + 1] != [function]:
            raise Impossible(f"{function} is not the planned operation")
        if number not in self.plan.places:
            return function(*args, **kwargs)
        places = [self._place((number, position), place) for position, place in enumerate(self.plan.places[number])]
        repeat = Call(function, args, kwargs, places).repeated(self.plan.into[number])
        self.repeated.append(repeat)
        with below_autograd():
            returned = repeat()
        views = [place if place is None else place.detach() for place in places]
        return _returned(function, views) if places else returned

    def _place(self, source: Source, planned: Tensor | None) -> Tensor | None:
        if planned is None or source not in self.direct:
            return planned
        return self.direct[source].as_strided(planned.shape, planned.stride())


def _returned(function: Any, results: Sequence[Tensor | None]) -> Any:  # noqa: ANN401
    if returns_list(function):
        return results
    return results[0] if len(results) == 1 else tuple(results)


def _sources(calls: Sequence[Call], outputs: Sequence[Tensor]) -> list[Source | None]:
    """For each output the result whose memory it is, which can be its destination; None if it is a part of one."""
    results = {
        storage(result): (result.numel(), (number, position))
        for number, call in enumerate(calls)
        for position, result in enumerate(call.results)
        if result is not None
    }
    sources: list[Source | None] = []
    for output in outputs:
        numbers, source = results.get(storage(output), (0, None))
        fits = output.is_contiguous() and output.numel() == numbers and source not in sources
        sources.append(source if fits else None)
    return sources


def _needed(calls: Sequence[Call], outputs: Sequence[Tensor]) -> dict[int, Call]:
    """The calls, by their numbers, without those whose results are not used."""
    wanted, needed = set(map(storage, outputs)), {}
    for number, call in reversed(list(enumerate(calls))):
        if call.acts or wanted & {storage(result) for result in call.results if result is not None}:
            wanted |= set(map(storage, call.inputs))
            needed[number] = call
    return dict(reversed(needed.items()))
