"""What stacked members compute in a way of their own: linear layers, and the squared error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from narrows.models.autoencoder import Reconstruction
from narrows.objectives import Error, mse
from narrows.training.stack import Tensors, aligned, fills, narrowed, widened


class Codes(NamedTuple):
    """How wide the codes of members are, who are as narrow one after the other: `counts` of them have `widths`."""

    counts: list[int]
    widths: list[int]
    widest: int


class StackedLinear(TorchFunctionMode):
    """Inside, `F.linear` takes x (M, B, in), weight (M, out, in) and bias (M, out): one `baddbmm` for all members.

    `padded` says in which dimension weights beside the code are padded, where members are to be computed at their own
    width: MKL rounds a product in a batch as it would alone, but one with padding in another way.
    """

    def __init__(self, tensors: Tensors, padded: Mapping[str, int], codes: Codes) -> None:
        super().__init__()
        self.padded, self.codes = [(tensors[name], dim) for name, dim in padded.items()], codes

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function is F.linear:
            dim = self._dim(args[1])
            return _linear(*args) if dim is None else _BesideCode.apply(*args, dim, self.codes)
        result = function(*args, **(kwargs or {}))
        if function == MATRIX_TRANSPOSE and (dim := self._dim(args[0])) is not None:  # a tied decoder's
            self.padded.append((result, 1 - dim))
        return result

    def _dim(self, weight: Tensor) -> int | None:
        return next((dim for padded, dim in self.padded if padded is weight), None)


MATRIX_TRANSPOSE = Tensor.mT.__get__  # type: ignore[attr-defined]


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mixed = torch.is_autocast_enabled(x.device.type)  # which knows how to differentiate its own products
    output: Tensor = _output(x, weight, bias) if mixed else _Linear.apply(x, weight, bias)
    return output


class _Linear(torch.autograd.Function):
    """With the gradient of the weights in their layout, as torch has it for one member, and not in its transpose."""

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return _output(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight = ctx.saved_tensors
        return _gradients(gradient, x, weight, ctx.needs_input_grad[0])


class _BesideCode(torch.autograd.Function):
    """The layer before the code, whose weight is padded in `dim` 0, or behind it, 1: for one width after the other.

    In arrays of all members: before the code outputs (M, B, k), weights (M, k, in) and biases (M, k) are padded, behind
    it inputs (M, B, k) and weights (M, out, k).
    """

    @staticmethod
    def forward(x: Tensor, weight: Tensor, bias: Tensor, dim: int, codes: Codes) -> Tensor:
        own = _narrow(codes, (x, 2 * dim), (weight, dim + 1), (bias, 1 - dim))
        outputs = [_output(inputs.contiguous(), aligned(weights), biases) for inputs, weights, biases in own]
        return _wide(codes, outputs, 2 * (1 - dim))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ANN401
        ctx.save_for_backward(*inputs[:2])
        ctx.dim, ctx.codes = inputs[3:]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        (x, weight), dim, codes, wanted = ctx.saved_tensors, ctx.dim, ctx.codes, ctx.needs_input_grad[0]
        own = _narrow(codes, (gradient, 2 * (1 - dim)), (x, 2 * dim), (weight, dim + 1))
        found = [_gradients(one.contiguous(), x.contiguous(), aligned(weights), wanted) for one, x, weights in own]
        inputs, weights, biases = zip(*found, strict=True)
        of_inputs = _wide(codes, inputs, 2 * dim) if wanted else None
        return of_inputs, _wide(codes, weights, dim + 1), _wide(codes, biases, 1 - dim), None, None


def _narrow(codes: Codes, *padded: tuple[Tensor, int]) -> Iterator[tuple[Tensor, ...]]:
    """Values (M, …) of members of one width after the other, without the padding in a dimension; 0 stands for none."""
    parts = zip(*(values.split(codes.counts) for values, _ in padded), strict=True)
    for width, values in zip(codes.widths, parts, strict=True):
        own = zip(values, (dim for _, dim in padded), strict=True)
        yield tuple(narrowed(one, dim, codes.widest, width) if dim else one for one, dim in own)


def _wide(codes: Codes, parts: Sequence[Tensor], dim: int) -> Tensor:
    """The way back."""
    if dim:
        parts = [widened(one, dim, width, codes.widest) for one, width in zip(parts, codes.widths, strict=True)]
    return torch.cat(list(parts))


def _output(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if x.is_cpu and 1 in weight.shape[1:]:  # a product with a vector, for which torch has other functions
        return torch.stack([F.linear(*one) for one in zip(x, weight, bias, strict=True)])
    return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)


def _gradients(gradient: Tensor, x: Tensor, weight: Tensor, wanted: bool) -> tuple[Tensor | None, Tensor, Tensor]:
    """Of the inputs, where they are wanted, the weights and the biases."""
    biases = gradient.sum(1)  # first, while the cache holds what was written last
    inputs = _product(gradient, weight) if wanted else None
    turned = weight.stride(2) != 1  # a tied decoder's
    return inputs, _product(x.mT, gradient).mT if turned else _product(gradient.mT, x), biases


def _product(one: Tensor, other: Tensor) -> Tensor:
    """Of matrices (M, …) each; one after the other where results would not begin at a register's boundary."""
    rows, inner, columns = *one.shape[1:], other.shape[2]
    if one.is_cpu and (1 in (rows, inner, columns) or not fills(rows * columns)):
        return torch.stack([torch.mm(*pair) for pair in zip(one, other, strict=True)])
    return torch.bmm(one, other)


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
