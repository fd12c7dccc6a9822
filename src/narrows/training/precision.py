"""Applies `trainer.precision` where Lightning does not: in a fleet, and before weights are loaded."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

from narrows.training.denormals import flushed


def dtype_of(precision: str) -> torch.dtype:
    """The type of the weights."""
    return torch.float64 if precision == "64-true" else torch.float32


@contextmanager
def computing(precision: str, device: torch.device) -> Iterator[None]:
    """Context in which torch computes as under Lightning's precision of this name, with denormal numbers set to 0."""
    before, mixed = torch.get_default_dtype(), precision == "bf16-mixed"
    torch.set_default_dtype(dtype_of(precision))
    try:
        with flushed(), torch.autocast(device.type, torch.bfloat16) if mixed else nullcontext():
            yield
    finally:
        torch.set_default_dtype(before)
