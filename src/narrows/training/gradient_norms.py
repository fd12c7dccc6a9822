"""Norms of a model's gradients: of a step, of a step of stacked members, and their mean over an epoch."""

from collections.abc import Sequence

import torch
from torch import Tensor


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The norm of all gradients as one vector: a scalar on their device, so that no step waits for a GPU."""
    return torch.stack(torch._foreach_norm(list(gradients))).square().sum().sqrt()


def gradient_norms(gradients: Sequence[Tensor]) -> Tensor:
    """As `gradient_norm`, for each of M stacked members: gradients (M, …) to (M,)."""
    norms = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    return torch.stack(norms).square().sum(0).sqrt()


def mean_of_finite(norms: Tensor) -> Tensor:
    """The mean over S steps, (S, …) to (…), without the steps that mixed precision skipped for infinite gradients."""
    finite = norms.isfinite()
    return norms.where(finite, 0).sum(0) / finite.sum(0)
