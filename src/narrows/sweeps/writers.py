"""Writes the files of a fleet's runs: in threads while a GPU trains, at once on a CPU, whose cores are busy.

The threads use no GPU: it may be recording a graph, which other work would break.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import torch

THREADS = 8


class AtOnce(Executor):
    """Does what is submitted in the calling thread."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def executor(device: torch.device) -> Executor:
    """What writes the files of a fleet that trains on `device`."""
    return AtOnce() if device.type == "cpu" else ThreadPoolExecutor(THREADS, "writer")


class Writer:
    """Writes the files of one run, in the order in which they are submitted; none after one that failed."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.last: Future[None] = Future()
        self.last.set_result(None)

    def submit(self, write: Callable[[], object]) -> None:
        """Call `write` when everything before it is written. Raises its error if that is known already."""
        self.last = self.executor.submit(_after, self.last, write)
        if self.last.done():
            self.last.result()

    def wait(self) -> None:
        """Return when everything is written. Raises the first error."""
        self.last.result()


def _after(before: Future[None], write: Callable[[], object]) -> None:
    before.result()
    write()
