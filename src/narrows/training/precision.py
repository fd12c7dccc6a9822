"""How torch computes: `trainer.precision` where Lightning does not apply it, threads, and TF32 on a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch

from narrows.training.denormals import flushed


def dtype_of(precision: str) -> torch.dtype:
    """The type of the weights."""
    return torch.float64 if precision == "64-true" else torch.float32


def configure_torch(threads: int, float32_matmul: str) -> None:
    """Set this process's threads, and whether a GPU computes products and convolutions of float32 numbers in TF32.

    Torch's own defaults are TF32 for convolutions and not for products. These are its older settings: Lightning reads
    them, and torch raises an error where both kinds are used.
    """
    torch.set_num_threads(threads)
    tf32 = float32_matmul == "high"
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32


@contextmanager
def computing(precision: str, device: torch.device) -> Iterator[None]:
    """Context in which torch computes as under Lightning's precision of this name, with denormal numbers set to 0."""
    before, mixed = torch.get_default_dtype(), precision == "bf16-mixed"
    torch.set_default_dtype(dtype_of(precision))
    try:
        with flushed(), _mixed(device) if mixed else nullcontext():
            yield
    finally:
        torch.set_default_dtype(before)


def _mixed(device: torch.device) -> torch.autocast:
    """As Lightning's: without a cache, which would keep a step's weights in bfloat16 for the steps after it."""
    return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)
