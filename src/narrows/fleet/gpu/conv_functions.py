"""The products of `conv_products` as functions that autograd differentiates and `vmap` stacks.

Their gradients are such products again, so that they can be differentiated as often as wanted.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from narrows.fleet.gpu import conv_products
from narrows.fleet.gpu.conv_products import Geometry
from narrows.kernels import StackedFunction, runs_kernels


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


class Convolution(_Product):
    """`convolution` of `conv_products`, in which the arguments and shapes are described."""

    @staticmethod
    def forward(large: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool) -> Tensor:
        output: Tensor = products(large).convolution(large, weight, bias, geometry, rectified)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        return _gradients(ctx, gradient, Transposed)


class Transposed(_Product):
    """`transposed` of `conv_products`."""

    @staticmethod
    def forward(small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool) -> Tensor:
        output: Tensor = products(small).transposed(small, weight, bias, geometry, rectified)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        return _gradients(ctx, gradient, Convolution)


def _gradients(ctx: Any, gradient: Tensor, transpose: type[_Product]) -> tuple[Tensor | None, ...]:  # noqa: ANN401
    """The gradients of a `_Product`'s arguments, from that of its output, by its `transpose`."""
    maps, weight, *output = ctx.saved_tensors
    of_maps, of_weight, of_bias, *_ = ctx.needs_input_grad
    gradient, summed = _before_relu(gradient, output, of_bias)
    large, small = (maps, gradient) if transpose is Transposed else (gradient, maps)
    return (
        transpose.apply(gradient, weight, None, ctx.geometry, False) if of_maps else None,
        _WeightGradient.apply(large, small, ctx.geometry) if of_weight else None,
        summed,
        None,
        None,
    )


def _before_relu(gradient: Tensor, output: Sequence[Tensor], biased: bool) -> tuple[Tensor, Tensor | None]:
    """The gradient of a product before its ReLU, and that of its biases; `output` is empty if it is not rectified."""
    if not output:
        return gradient, gradient.sum((-4, -2, -1)) if biased else None
    gradient, of_bias = _ReluBackward.apply(gradient, *output)
    return gradient, of_bias if biased else None


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
            Transposed.apply(small, gradient, None, ctx.geometry, False) if of_large else None,
            Convolution.apply(large, gradient, None, ctx.geometry, False) if of_small else None,
            None,
        )
