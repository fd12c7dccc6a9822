"""Denormal numbers, floats below 1e-38: some CPUs compute with them a hundred times more slowly."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def flushed() -> Iterator[None]:
    """Context in which this thread treats denormal numbers as 0.

    Adam's averages of squared gradients become denormal wherever a pixel is black in all images. Without this context
    a step of the default model took twice as long in the fourth epoch as in the first, on an Intel CPU. Weights are the
    same: Adam adds 1e-8 to the root of a square.
    """
    before = _are_flushed()
    torch.set_flush_denormal(True)  # returns False, and changes nothing, where a CPU cannot
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def _are_flushed() -> bool:
    return bool(torch.tensor(1e-40, dtype=torch.float32) * 1 == 0)
