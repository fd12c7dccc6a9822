"""Programs for a GPU: called as they are at first, then captured in a CUDA graph, which one call starts as a whole.

A program takes no arguments and returns nothing: it reads and writes memory that stays where it is. In a graph nothing
may wait for the GPU, copy from the CPU's memory or depend on a value of Python that changes between calls.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

Program = Callable[[], None]

WARM_UP = 3  # calls before the capture, in which kernels are chosen and optimisers make their state


class Shared(NamedTuple):
    """What the graphs of a fleet share: memory of intermediate results, and the stream of first calls and captures."""

    pool: Any
    aside: torch.cuda.Stream


class CudaGraph:
    """A program whose first calls run as they are; the next is captured, and replayed from then on.

    Since graphs share memory, their programs must run one after the other and leave no results in it.
    """

    def __init__(self, program: Program, shared: Shared) -> None:
        self.program, self.shared = program, shared
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        self.calls += 1
        with torch.cuda.device(self.shared.aside.device):  # of several GPUs the one that the fleet is on
            if self.calls <= WARM_UP:
                self._call_aside()
                return
            if self.graph is None:
                self.graph = self._captured()
            self.graph.replay()

    def _call_aside(self) -> None:
        """Call the program on a stream of its own: torch asks for it before a capture."""
        current, aside = torch.cuda.current_stream(), self.shared.aside
        aside.wait_stream(current)
        with torch.cuda.stream(aside):
            self.program()
        current.wait_stream(aside)

    def _captured(self) -> torch.cuda.CUDAGraph:
        """The graph; capturing computes nothing. Other threads may go on using the GPU, to copy checkpoints from it."""
        graph = torch.cuda.CUDAGraph()
        pool, aside = self.shared
        with torch.cuda.graph(graph, pool=pool, stream=aside, capture_error_mode="thread_local"):
            self.program()
        return graph


class Programs:
    """Makes the programs of a device replayable: on a GPU as graphs that share memory, elsewhere not at all."""

    def __init__(self, device: torch.device) -> None:
        self.shared = Shared(torch.cuda.graph_pool_handle(), torch.cuda.Stream(device)) if captures(device) else None

    def __call__(self, program: Program) -> Program:
        return program if self.shared is None else CudaGraph(program, self.shared)


def captures(device: torch.device) -> bool:
    """Whether there is a GPU to capture graphs on; torch's fake tensors are on one that is not there."""
    return device.type == "cuda" and torch.cuda.is_available()
