"""Whether Triton's kernels for errors of logits are right on a GPU, and their time beside that of torch's own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.bench.gpu_speed import seconds_replayed
from narrows.objective import errors_of_logits

SHAPES = {"cuda": (256, 128, 1, 28, 28), "cpu": (2, 8, 1, 28, 28)}
LIMIT = 1e-5  # relative; float32 rounds to 6e-8
CALLS = 20  # that are timed

Means = Callable[[Tensor, Tensor], Tensor]

#: By name whether errors are squared, and torch's operations.
ERRORS: dict[str, tuple[bool, Means]] = {
    "squared error": (True, lambda logits, images: (logits.sigmoid() - images).square().mean((-3, -2, -1))),
    "cross-entropy": (
        False,
        lambda logits, images: F.binary_cross_entropy_with_logits(logits, images, reduction="none").mean((-3, -2, -1)),
    ),
}


def errors(device: torch.device) -> list[dict[str, Any]]:
    """A row for each error, with the largest relative difference from float64; on a CPU of torch's operations only."""
    return [_row(name, *error, device) for name, error in ERRORS.items()]


def _row(name: str, squared: bool, operations: Means, device: torch.device) -> dict[str, Any]:
    logits = torch.randn(SHAPES[device.type], device=device, requires_grad=True)
    images = torch.rand(SHAPES[device.type], device=device)
    contestants: dict[str, Means] = {"torch_ms": operations}
    if errors_of_logits.computes(logits):
        contestants["kernels_ms"] = partial(errors_of_logits.means, squared=squared)
    exact = _with_gradient(operations, logits.detach().double().requires_grad_(), images.double())
    computed = _with_gradient(list(contestants.values())[-1], logits, images)
    difference = max(map(relative, computed, exact))
    milliseconds = {
        name: 1000 * seconds_replayed(partial(_with_gradient, means, logits, images), CALLS, device)
        for name, means in contestants.items()
    }
    return {"kind": name, "ok": difference < LIMIT, "difference": difference} | milliseconds


def relative(computed: Tensor, exact: Tensor) -> float:
    return float((computed - exact).abs().max() / exact.abs().max())


def _with_gradient(means: Means, logits: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    errors = means(logits, images)
    return errors.detach(), torch.autograd.grad(errors.sum(), logits)[0]
