"""Convolutions of members that `torch.func.vmap` stacks, by kernels of their own.

Torch makes one convolution with a group for each member of them, for which cuDNN took 28 ms of a step of 256 members
on an H200 where their bytes take 4.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.modules.utils import _pair
from torch.overrides import TorchFunctionMode

from narrows.fleet.gpu import conv_products
from narrows.fleet.gpu.conv_products import Geometry, Pair
from narrows.kernels import StackedFunction, runs_kernels

Sizes = int | Sequence[int]


class StackedConv(TorchFunctionMode):
    """Within it, and inside `vmap` over members, `F.conv2d` and `F.conv_transpose2d` are those of this module.

    Dilated and grouped ones remain torch's. Differentiable by reverse mode, as often as wanted. `rectified`: both give
    the ReLU of their output.
    """

    def __init__(self, rectified: bool = False) -> None:
        super().__init__()
        self.rectified = rectified

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function in STACKED:
            return STACKED[function](*args, **(kwargs or {}), rectified=self.rectified)
        return function(*args, **(kwargs or {}))


def _conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    *,
    rectified: bool,
) -> Tensor:
    if isinstance(padding, str) or groups != 1 or _pair(dilation) != (1, 1):
        return _perhaps_rectified(F.conv2d(x, weight, bias, stride, padding, dilation, groups), rectified)
    geometry = Geometry(_size(weight), _pair(stride), _pair(padding), _size(x))
    product: Tensor = _Convolution.apply(*_cast(x, weight, bias), geometry, rectified)
    return product


def _conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
    *,
    rectified: bool,
) -> Tensor:
    if groups != 1 or _pair(dilation) != (1, 1):
        output = F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation)
        return _perhaps_rectified(output, rectified)
    sizes = _size(x), _size(weight), _pair(stride), _pair(padding), _pair(output_padding)
    height, width = ((n - 1) * s - 2 * p + k + more for n, k, s, p, more in zip(*sizes, strict=True))
    geometry = Geometry(_size(weight), _pair(stride), _pair(padding), (height, width))
    product: Tensor = _Transposed.apply(*_cast(x, weight, bias), geometry, rectified)
    return product


def _perhaps_rectified(maps: Tensor, rectified: bool) -> Tensor:
    return F.relu(maps) if rectified else maps


STACKED: Mapping[Any, Callable[..., Tensor]] = {F.conv2d: _conv2d, F.conv_transpose2d: _conv_transpose2d}


def _size(maps: Tensor) -> Pair:
    height, width = maps.shape[-2:]
    return height, width


def _cast(x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """The operands in the type of numbers in which autocast, where it is on, computes convolutions."""
    device = x.device.type
    if not torch.is_autocast_enabled(device):
        return x, weight, bias
    dtype = torch.get_autocast_dtype(device)
    return x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)


def products(operand: Tensor) -> Any:  # noqa: ANN401 - one of two modules with the same functions
    """What computes the products: Triton's kernels on a GPU, of types of numbers that its tensor cores multiply."""
    if not runs_kernels(operand) or operand.dtype == torch.float64:
        return conv_products
    from narrows.fleet.gpu import triton_conv  # imports Triton

    return triton_conv


class _Product(StackedFunction):
    """A product of maps with weights, and perhaps biases; its ReLU where it is `rectified`."""

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:  # noqa: ANN401
        maps, weight, _, ctx.geometry, rectified = inputs
        ctx.save_for_backward(maps, weight, *([output] if rectified else []))


class _Convolution(_Product):
    """`convolution` of `conv_products`, in which the arguments and shapes are described."""

    @staticmethod
    def forward(large: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool) -> Tensor:
        output: Tensor = products(large).convolution(large, weight, bias, geometry, rectified)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        large, *_ = ctx.saved_tensors
        gradient, of_bias = _before_relu(ctx, gradient)
        return *_gradients(ctx, gradient, _Transposed, large, gradient), of_bias, None, None


class _Transposed(_Product):
    """`transposed` of `conv_products`."""

    @staticmethod
    def forward(small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool) -> Tensor:
        output: Tensor = products(small).transposed(small, weight, bias, geometry, rectified)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        small, *_ = ctx.saved_tensors
        gradient, of_bias = _before_relu(ctx, gradient)
        return *_gradients(ctx, gradient, _Convolution, gradient, small), of_bias, None, None


def _before_relu(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None]:  # noqa: ANN401
    """The gradient of a `_Product`'s output before its ReLU, if there is one, and the gradient of its biases."""
    _, _, *output = ctx.saved_tensors
    _, _, biased, *_ = ctx.needs_input_grad
    if output:
        gradient, of_bias = _ReluBackward.apply(gradient, *output)
        return gradient, of_bias if biased else None
    return gradient, gradient.sum((-4, -2, -1)) if biased else None


def _gradients(
    ctx: Any,  # noqa: ANN401
    gradient: Tensor,
    transpose: type[_Product],
    large: Tensor,
    small: Tensor,
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of a `_Product`'s maps and weights, from that of its output, by its `transpose`."""
    _, weight, *_ = ctx.saved_tensors
    of_maps, of_weight, *_ = ctx.needs_input_grad
    return (
        transpose.apply(gradient, weight, None, ctx.geometry, False) if of_maps else None,
        _WeightGradient.apply(large, small, ctx.geometry) if of_weight else None,
    )


class _ReluBackward(StackedFunction):
    """`relu_backward` of `conv_products`. Linear in the gradient; its derivative by the output is 0."""

    @staticmethod
    def forward(gradient: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
        before, of_bias = products(output).relu_backward(gradient, output)
        return before, of_bias

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:  # noqa: ANN401
        ctx.save_for_backward(inputs[1])

    @staticmethod
    def backward(ctx: Any, of_before: Tensor, of_bias: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        (output,) = ctx.saved_tensors
        of_sums = of_before + of_bias.unsqueeze(-2)[..., None, None]  # (M, O) to (M, 1, O, 1, 1)
        of_gradient, _ = _ReluBackward.apply(of_sums, output)
        return of_gradient, None


class _WeightGradient(StackedFunction):
    """`weight_gradient` of `conv_products`. It is linear in both of its operands, so its derivatives are the others."""

    @staticmethod
    def forward(large: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
        output: Tensor = products(large).weight_gradient(large, small, geometry)
        return output

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:  # noqa: ANN401
        large, small, ctx.geometry = inputs
        ctx.save_for_backward(large, small)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        large, small = ctx.saved_tensors
        of_large, of_small, _ = ctx.needs_input_grad
        return (
            _Transposed.apply(small, gradient, None, ctx.geometry, False) if of_large else None,
            _Convolution.apply(large, gradient, None, ctx.geometry, False) if of_small else None,
            None,
        )
