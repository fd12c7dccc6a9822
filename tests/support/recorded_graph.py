"""What a CUDA graph does, on a CPU: the operations of a program are recorded once and repeated on the same memory.

Nothing of Python is repeated. So a number that Python changes between two calls keeps the value that it had when the
program was recorded, as in a graph.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from narrows.fleet.gpu import replay
from narrows.fleet.gpu.replay import Program

WARM_UP = 1  # a graph of the GPU is captured later, for reasons of its own


class Recorder(TorchDispatchMode):
    """Records operations as they run, with the numbers of the tensors that they read and made."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, Any]] = []
        self.kept: list[Any] = []  # so that no tensor takes the id of another

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        assert function.overloadpacket.__name__ != "_local_scalar_dense", "a graph cannot read a number"
        results = function(*args, **(kwargs or {}))
        self.operations.append((function, args, kwargs or {}, results))
        return results


class RecordedGraph:
    """A program that is recorded in its second call; later calls repeat its operations."""

    def __init__(self, program: Program) -> None:
        self.program, self.calls, self.operations = program, 0, []

    def __call__(self) -> None:
        self.calls += 1
        if self.calls <= WARM_UP:
            self.program()
        elif not self.operations:
            with Recorder() as recorder:
                self.program()
            self.operations = recorder.operations
        else:
            self._repeat()

    def _repeat(self) -> None:
        made: dict[int, Tensor] = {}  # by the id of the tensor that the recorded operation made
        with torch.no_grad(), torch._C._DisableAutocast(), torch._C._AutoDispatchBelowAutograd():
            for function, args, kwargs, results in self.operations:
                given = tree_map(lambda value: made.get(id(value), value), (args, kwargs))
                repeated = function(*given[0], **given[1])
                _pair(results, repeated, made)


def _pair(results: Any, repeated: Any, made: dict[int, Tensor]) -> None:
    if isinstance(results, Tensor):
        made[id(results)] = repeated
    elif isinstance(results, tuple | list):
        for result, other in zip(results, repeated, strict=True):
            _pair(result, other, made)


@contextmanager
def recorded() -> Iterator[list[RecordedGraph]]:
    """Fleets made inside replay their programs; the list is that of all programs."""
    graphs: list[RecordedGraph] = []

    def replayable(self: replay.Programs, program: Program) -> Program:
        graphs.append(RecordedGraph(program))
        return graphs[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay.Programs, "__call__", replayable)
        yield graphs
