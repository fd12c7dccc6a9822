"""Programs for a GPU: called as they are at first, then captured in a CUDA graph, which one call starts as a whole.

A program takes no arguments and returns nothing: it reads and writes memory that stays where it is. In a graph nothing
may wait for the GPU, copy from the CPU's memory or depend on a value of Python that changes between calls.
"""

from collections.abc import Callable
from typing import Any

import torch

Program = Callable[[], None]

WARM_UP = 3  # calls before the capture, in which kernels are chosen and optimisers make their state


class CudaGraph:
    """A program whose first calls run as they are; the next is captured, and replayed from then on.

    Graphs of one `pool` share memory, so their programs must run one after the other and leave no results in it.
    """

    def __init__(self, program: Program, pool: Any) -> None:  # noqa: ANN401 - torch has no public name for it
        self.program, self.pool = program, pool
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        self.calls += 1
        if self.calls <= WARM_UP:
            self._call_aside()
            return
        if self.graph is None:
            self.graph = self._captured()
        self.graph.replay()

    def _call_aside(self) -> None:
        """Call the program on a stream of its own: torch asks for it before a capture."""
        current, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(current)
        with torch.cuda.stream(aside):
            self.program()
        current.wait_stream(aside)

    def _captured(self) -> torch.cuda.CUDAGraph:
        """The graph; capturing computes nothing. Other threads may go on using the GPU, to copy checkpoints from it."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool, capture_error_mode="thread_local"):
            self.program()
        return graph


class Programs:
    """Makes the programs of a device replayable: on a GPU as graphs that share memory, elsewhere not at all."""

    def __init__(self, device: torch.device) -> None:
        self.pool = torch.cuda.graph_pool_handle() if captures(device) else None

    def __call__(self, program: Program) -> Program:
        return program if self.pool is None else CudaGraph(program, self.pool)


def captures(device: torch.device) -> bool:
    """Whether there is a GPU to capture graphs on; torch's fake tensors are on one that is not there."""
    return device.type == "cuda" and torch.cuda.is_available()
