"""What stacked members compute in a way of their own: linear layers, and the squared error."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from narrows.models.autoencoder import Reconstruction
from narrows.objectives import Error, mse
from narrows.training.stack import MASK, REGISTER, Tensors, aligned, narrowed, widened


class StackedLinear(TorchFunctionMode):
    """Inside, `F.linear` takes x (M, B, in), weight (M, out, in) and bias (M, out): one `baddbmm` for all members.

    `padded` says in which dimension weights beside the code are padded, where members are to be computed at their own
    width: MKL rounds a product in a batch as it would alone, but one with padding in another way.
    """

    def __init__(self, tensors: Tensors, padded: Mapping[str, int]) -> None:
        super().__init__()
        self.own, self.padded = tensors.get(MASK), [(tensors[name], dim) for name, dim in padded.items()]

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function is F.linear:
            dim = self._dim(args[1])
            return _linear(*args) if dim is None or self.own is None else _narrow(self.own, dim, *args)
        result = function(*args, **(kwargs or {}))
        if function == MATRIX_TRANSPOSE and (dim := self._dim(args[0])) is not None:  # a tied decoder's
            self.padded.append((result, 1 - dim))
        return result

    def _dim(self, weight: Tensor) -> int | None:
        return next((dim for padded, dim in self.padded if padded is weight), None)


MATRIX_TRANSPOSE = Tensor.mT.__get__  # type: ignore[attr-defined]


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if x.is_cpu and 1 in weight.shape[1:]:  # a product with a vector, for which torch has other functions
        return torch.stack([F.linear(*one) for one in zip(x, weight, bias, strict=True)])
    mixed = torch.is_autocast_enabled(x.device.type)  # which knows how to differentiate its own products
    output: Tensor = torch.baddbmm(bias.unsqueeze(1), x, weight.mT) if mixed else _Linear.apply(x, weight, bias)
    return output


class _Linear(torch.autograd.Function):
    """With the gradient of the weights in their layout, as torch has it for one member, and not in its transpose."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        inputs = torch.bmm(gradient, weight) if ctx.needs_input_grad[0] else None
        turned = weight.stride(2) != 1  # a tied decoder's
        weights = _product(x.mT, gradient).mT if turned else _product(gradient.mT, x)
        return inputs, weights, gradient.sum(1)


def _product(one: Tensor, other: Tensor) -> Tensor:
    """Of matrices (M, …) each; one after the other where results would not begin at a register's boundary."""
    if one.is_cpu and one.shape[1] * other.shape[2] % REGISTER != 0:
        return torch.stack([torch.mm(*pair) for pair in zip(one, other, strict=True)])
    return torch.bmm(one, other)


def _narrow(own: Tensor, dim: int, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A layer beside the code, whose weight is padded in `dim`, for one width after the other.

    `own` (M, 1, k) says which numbers of the code are a member's.
    """
    layer, wide = (_before, _behind)[dim], own.shape[2]
    parts = [layer(x[rows], weight[rows], bias[rows], width, wide) for rows, width in _widths(own)]
    return torch.cat(parts)


def _widths(own: Tensor) -> Iterator[tuple[slice, int]]:
    """Members of one width that stand next to one another, and the width."""
    widths = own.sum((1, 2)).tolist()
    for width, group in groupby(range(len(widths)), widths.__getitem__):
        rows = list(group)
        yield slice(rows[0], rows[-1] + 1), width


def _before(x: Tensor, weight: Tensor, bias: Tensor, width: int, wide: int) -> Tensor:
    """The layer before the code, of members whose code has `width` of `wide` numbers: its output is padded."""
    output = _linear(x, aligned(narrowed(weight, 1, wide, width)), narrowed(bias, 1, wide, width))
    return widened(output, 2, width, wide)


def _behind(x: Tensor, weight: Tensor, bias: Tensor, width: int, wide: int) -> Tensor:
    """The layer behind the code: its input is padded."""
    return _linear(aligned(narrowed(x, 2, wide, width)), aligned(narrowed(weight, 2, wide, width)), bias)


class _SquaredError(torch.autograd.Function):
    """Two arrays (M, B, C, H, W) to the mean squared difference of each image (M, B).

    Rounded as torch's own, with half of its reading and writing: a fleet's images fit into no cache.
    """

    @staticmethod
    def forward(ctx: Any, reconstructions: Tensor, images: Tensor) -> Tensor:  # noqa: ANN401
        difference = reconstructions - images
        ctx.save_for_backward(difference)
        squares: Tensor = torch.linalg.vector_norm(difference.flatten(2), dim=2).square()
        return squares / difference[0, 0].numel()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (difference,) = ctx.saved_tensors
        of_pixels = 2 * (gradient / difference[0, 0].numel())
        return difference.mul_(of_pixels.reshape(*gradient.shape, 1, 1, 1)), None  # in place: nobody needs it again


def _mse(output: Reconstruction, images: Tensor) -> Tensor:
    losses: Tensor = _SquaredError.apply(output.images, images)
    return losses


#: Errors of `objectives` that have a form for stacked members; the others take arrays of any number of dimensions.
ERRORS: dict[Error, Error] = {mse: _mse}
