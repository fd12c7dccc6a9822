"""Norms of gradients, as the curve `gradient_norm` shows them."""

from collections.abc import Sequence

import torch
from torch import Tensor


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The norm of all gradients as one vector, a scalar on their device: reading it waits for a GPU."""
    return torch.stack(torch._foreach_norm(list(gradients))).square().sum().sqrt()


def gradient_norms(gradients: Sequence[Tensor]) -> Tensor:
    """As `gradient_norm` for each of M stacked members: gradients (M, …) to (M,)."""
    norms = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    return torch.stack(norms).square().sum(0).sqrt()


def mean_of_finite(norms: Tensor) -> Tensor:
    """The mean over steps, (S, …) to (…), without the infinite norms of steps that mixed precision skipped."""
    finite = norms.isfinite()
    return norms.where(finite, 0).sum(0) / finite.sum(0)
