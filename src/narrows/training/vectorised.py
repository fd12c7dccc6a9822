"""The losses of many members at once: `torch.func.vmap` over the same modules that train alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from narrows.models.autoencoder import Autoencoder
from narrows.objectives import Objective
from narrows.training.noise import Drawn
from narrows.training.stack import Tensors


class Losses(nn.Module):
    """The loss of each image of M members, (M, B), and its code, (M, B, k), from their stacked tensors.

    `forward` is one member's; `stacked` runs it for all of them. The codes of narrower members are padded with 0.
    """

    def __init__(self, autoencoder: Autoencoder, objective: Objective) -> None:
        super().__init__()
        self.autoencoder, self.objective = autoencoder, objective

    def forward(
        self, inputs: Tensor, images: Tensor, drawn: Sequence[Tensor], weights: Mapping[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        output = self.autoencoder(inputs, Drawn(drawn) if self.training else None)
        objective = replace(self.objective, weights=weights, kl_warmup=0)  # these are the epoch's
        return objective(self.autoencoder, output, images, 0), output.code

    def stacked(
        self,
        tensors: Tensors,
        inputs: Tensor,
        images: Tensor,
        drawn: Sequence[Tensor],
        weights: Mapping[str, Tensor],
    ) -> tuple[Tensor, Tensor]:
        """Images and inputs (M, B, C, H, W), or (B, C, H, W) for all alike; noise (M, B, …); weights (M,)."""

        def one(tensors: Tensors, *rest: Any) -> Any:  # noqa: ANN401
            return functional_call(self, {f"autoencoder.{name}": value for name, value in tensors.items()}, rest)

        dims = (0, 0 if inputs.dim() == 5 else None, 0 if images.dim() == 5 else None, 0, 0)
        with StackedLinear():
            losses, codes = vmap(one, dims)(tensors, inputs, images, list(drawn), dict(weights))
        return losses, codes


class StackedLinear(TorchFunctionMode):
    """Inside, `F.linear` is one `baddbmm` for all members.

    vmap's own takes a product and then a sum, and its gradients come out transposed and are copied: together a tenth
    of a step.
    """

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        mixed = torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
        if function is F.linear and not mixed and len(args) == 3 and args[2] is not None:
            return _Linear.apply(*args)
        return function(*args, **(kwargs or {}))


class _Linear(torch.autograd.Function):
    """`F.linear` of one member, which vmap asks how it is done for M of them."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.addmm(bias, x, weight.T)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        return gradient @ weight if ctx.needs_input_grad[0] else None, gradient.T @ x, gradient.sum(0)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Tensor) -> tuple[Tensor, int]:  # noqa: ANN401
        x, weight, bias = (
            arg.expand(info.batch_size, *arg.shape) if dim is None else arg.movedim(dim, 0)
            for arg, dim in zip(args, in_dims, strict=True)
        )
        return _Stacked.apply(x, weight, bias), 0


class _Stacked(torch.autograd.Function):
    """x (M, B, in), weight (M, out, in), bias (M, out) to (M, B, out); gradients in the layout of the weights."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        ctx.save_for_backward(x, weight)
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        inputs = torch.bmm(gradient, weight) if ctx.needs_input_grad[0] else None
        return inputs, torch.bmm(gradient.mT, x), gradient.sum(1)
