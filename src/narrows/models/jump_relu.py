"""A sparse code whose units learn from which number on they are active."""

from math import inf, log
from typing import Any

import torch
from torch import Tensor, nn

from narrows.models.sparse_codes import Watched


class JumpRelu(Watched):
    """The numbers above a threshold that each unit learns, the rest 0 (Rajamanoharan et al. 2024b, eq. 10).

    Thresholds are positive: their logarithms are the parameter, (k,), which begins at log `threshold`. Their gradient
    is estimated from numbers that are nearer to them than half of `bandwidth` (eq. 11 and 12).
    """

    padding = -inf

    def __init__(self, units: int, dead_after: int, threshold: float, bandwidth: float) -> None:
        super().__init__(units, dead_after)
        self.beginning, self.bandwidth = log(threshold), bandwidth
        self.log_threshold = nn.Parameter(torch.full((units,), self.beginning))

    def codes(self, hidden: Tensor, training: bool) -> Tensor:
        codes: Tensor = _Jump.apply(hidden, self._thresholds(hidden), self.bandwidth)
        return codes

    def firing(self, hidden: Tensor) -> Tensor:
        """1 for numbers above their threshold, else 0, (B, k), with the estimated gradient."""
        padded = self.padded(hidden)
        firing: Tensor = _Step.apply(padded, self._thresholds(padded), self.bandwidth)
        return firing

    def _thresholds(self, hidden: Tensor) -> Tensor:
        return self.log_threshold.exp().unsqueeze(-2).expand_as(hidden).to(hidden.dtype)

    @torch.no_grad()
    def revive(self, units: Tensor) -> None:
        super().revive(units)
        self.log_threshold.masked_fill_(units, self.beginning)


class _Jump(torch.autograd.Function):
    """Numbers above their thresholds. By a threshold θ the derivative of z is −θ/ε where |z − θ| < ε/2, else 0."""

    generate_vmap_rule = True

    @staticmethod
    def forward(hidden: Tensor, thresholds: Tensor, bandwidth: float) -> Tensor:
        return hidden.where(hidden > thresholds, 0)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, float], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])
        ctx.bandwidth = inputs[2]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        hidden, thresholds = ctx.saved_tensors
        near = (hidden - thresholds).abs() < ctx.bandwidth / 2
        of_thresholds = (-gradient * thresholds / ctx.bandwidth).where(near, 0)
        return gradient.where(hidden > thresholds, 0), of_thresholds, None


class _Step(torch.autograd.Function):
    """Whether numbers are above their thresholds: by a threshold the derivative is −1/ε where |z − θ| < ε/2, else 0."""

    generate_vmap_rule = True

    @staticmethod
    def forward(hidden: Tensor, thresholds: Tensor, bandwidth: float) -> Tensor:
        return (hidden > thresholds).to(hidden.dtype)

    setup_context = staticmethod(_Jump.setup_context)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, None]:  # noqa: ANN401
        hidden, thresholds = ctx.saved_tensors
        near = (hidden - thresholds).abs() < ctx.bandwidth / 2
        return None, (-gradient / ctx.bandwidth).where(near, 0), None
