"""Linear layers of stacked members."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class StackedLinear(TorchFunctionMode):
    """Within it `F.linear` takes x (M, B, in), weight (M, out, in) and bias (M, out): one `baddbmm` for all members."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        return _linear(*args) if function is F.linear else function(*args, **(kwargs or {}))


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mixed = torch.is_autocast_enabled(x.device.type)  # autocast differentiates its own products
    output: Tensor = _output(x, weight, bias) if mixed else _Linear.apply(x, weight, bias)
    return output


def _output(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)


class _Linear(torch.autograd.Function):
    """Gives the gradient of the weights in their own memory layout, as torch does for one member, not transposed."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return _output(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        inputs = torch.bmm(gradient, weight) if ctx.needs_input_grad[0] else None
        transposed = weight.stride(2) != 1  # of a tied decoder
        weights = torch.bmm(x.mT, gradient).mT if transposed else torch.bmm(gradient.mT, x)
        return inputs, weights, gradient.sum(1)
