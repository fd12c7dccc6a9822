"""Reconstruction errors of logits on a GPU: one pass over the pixels for the errors, another for the gradient.

Torch's own operations pass over the pixels about seven times, which takes as long as a fleet's matrix products: for 256
members and 128 images of 784 pixels 1.3 GB are read and written in place of 0.5 GB.
"""

from typing import Any

import torch
from torch import Tensor

from narrows.kernels import StackedFunction, runs_kernels


def computes(logits: Tensor) -> bool:
    """Whether the kernels compute errors of these logits: on a GPU, in float32."""
    return runs_kernels(logits) and logits.dtype == torch.float32


def means(logits: Tensor, images: Tensor, squared: bool) -> Tensor:
    """The mean over pixels of (σ(logit) - pixel)² or, if not `squared`, of the cross-entropy: (…, C, H, W) to (…)."""
    errors: Tensor = _Means.apply(logits, images, squared)
    return errors


class _Means(StackedFunction):
    """Logits and images (…, C, H, W), and whether errors are squared, to the mean errors (…). Differentiable once."""

    @staticmethod
    def forward(logits: Tensor, images: Tensor, squared: bool) -> Tensor:
        from narrows.objective import triton_errors  # imports Triton

        return triton_errors.means(logits, images, squared)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, bool], output: Tensor) -> None:  # noqa: ANN401
        *arrays, ctx.squared = inputs
        ctx.save_for_backward(*arrays)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN401
        from narrows.objective import triton_errors

        logits, images = ctx.saved_tensors
        return triton_errors.gradient(logits, images, gradient, ctx.squared), None, None
