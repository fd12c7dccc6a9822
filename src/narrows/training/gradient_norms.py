"""Norms of a model's gradients: of a step, of a step of stacked members, their mean over an epoch, and clipping."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer


def gradient_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The norm of all gradients as one vector: a scalar on their device, so that no step waits for a GPU."""
    return torch.stack(torch._foreach_norm(list(gradients))).square().sum().sqrt()


def gradient_norms(gradients: Sequence[Tensor]) -> Tensor:
    """As `gradient_norm`, for each of M stacked members: gradients (M, …) to (M,)."""
    norms = [torch.linalg.vector_norm(gradient.flatten(1), dim=1) for gradient in gradients]
    return torch.stack(norms).square().sum(0).sqrt()


def clip(gradients: Sequence[Tensor], limit: float) -> None:
    """Scale the gradients of a model so that their norm is at most `limit` (Pascanu et al. 2013), as torch does."""
    torch._foreach_mul_(list(gradients), clipping(get_total_norm(gradients), limit))


def clipping(norms: Tensor, limit: float) -> Tensor:
    """The factor of gradients with these norms, (…)."""
    return (limit / (norms + 1e-6)).clamp(max=1)


def clip_before_steps(optimizer: Optimizer, limit: float) -> None:
    """Let the optimiser of one model clip its gradients at the beginning of each step."""

    def clip_gradients(*_: object) -> None:
        clip([p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None], limit)

    optimizer.register_step_pre_hook(clip_gradients)


def mean_of_finite(norms: Tensor) -> Tensor:
    """The mean over S steps, (S, …) to (…), without the steps that mixed precision skipped for infinite gradients."""
    finite = norms.isfinite()
    return norms.where(finite, 0).sum(0) / finite.sum(0)
