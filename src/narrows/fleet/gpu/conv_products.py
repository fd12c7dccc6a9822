"""Convolutions of stacked members as batched products of matrices.

A convolution reads `large` maps (M, B, C, H, W) and gives `small` ones (M, B, O, h, w), with weights (M, O, C, kh, kw);
a transposed one does the reverse. Both give contiguous maps: of others `batch_norm` asks on a GPU what `vmap` cannot
answer. The products here are torch's own operations, on any device and of any type of numbers; `triton_conv` computes
the same on a GPU without the copies.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Pair = tuple[int, int]  # of rows and columns


@dataclass(frozen=True)
class Geometry:
    """Pixel (y, x) of small maps sees the kernel's pixels of large ones from (y, x) · stride - padding on."""

    kernel: Pair
    stride: Pair
    padding: Pair
    large: Pair  # (H, W)

    @property
    def small(self) -> Pair:
        """(h, w): as many pixels as there are positions of the kernel inside the padded large maps."""
        height, width = (
            (pixels + 2 * padding - kernel) // stride + 1
            for pixels, padding, kernel, stride in zip(self.large, self.padding, self.kernel, self.stride, strict=True)
        )
        return height, width


def convolution(
    large: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool = False
) -> Tensor:
    """(M, B, C, H, W) to (M, B, O, h, w), with weights (M, O, C, kh, kw) and biases (M, O); its ReLU if `rectified`."""
    patches = _patches(large, geometry)
    matrix = _matrix(weight).mT
    small = patches @ matrix if bias is None else torch.baddbmm(bias.unsqueeze(1), patches, matrix)
    maps: Tensor = small.unflatten(1, (large.shape[1], *geometry.small))
    maps = maps.movedim(-1, 2).contiguous()
    return maps.relu() if rectified else maps


def transposed(
    small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool = False
) -> Tensor:
    """Transpose of `convolution`: (M, B, O, h, w) to (M, B, C, H, W), with weights (M, O, C, kh, kw) and biases (M, C).

    Each pixel of the kernel is added where it belongs, in a fixed order.
    """
    members, images, channels = *small.shape[:2], weight.shape[2]
    patches = _rows(small) @ _matrix(weight)
    patches = patches.view(members, images, *geometry.small, *geometry.kernel, channels)
    (height, width), (top, left) = geometry.large, geometry.padding
    padded = patches.new_zeros(members, images, height + 2 * top, width + 2 * left, channels)
    for i in range(geometry.kernel[0]):
        for j in range(geometry.kernel[1]):
            _seen(padded, (i, j), geometry).add_(patches[..., i, j, :])
    maps = padded[:, :, top : top + height, left : left + width].movedim(-1, 2).contiguous()
    maps = maps if bias is None else maps + bias[:, None, :, None, None]
    return maps.relu() if rectified else maps


def relu_backward(gradient: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient of a ReLU's input, from that of its output, (M, B, O, h, w), and its sum for each channel, (M, O).

    The sum is the gradient of biases. As in torch, the gradient is 0 at 0, and passes where the output is NaN.
    """
    before = gradient.masked_fill(output <= 0, 0)
    return before, before.sum((1, 3, 4))


def weight_gradient(large: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
    """The gradient of the weights (M, O, C, kh, kw) for gradients `small` of a convolution's outputs."""
    product = _rows(small).mT @ _patches(large, geometry)
    gradient: Tensor = product.unflatten(2, (*geometry.kernel, large.shape[2]))
    return gradient.movedim(-1, 2)


def _patches(large: Tensor, geometry: Geometry) -> Tensor:
    """What each small pixel sees, (M, B·h·w, kh·kw·C): of maps with channels last in memory copies of long runs."""
    (top, left), (rows, columns) = geometry.padding, geometry.stride
    padded = F.pad(large.movedim(2, -1), (0, 0, left, left, top, top))
    windows = padded.unfold(2, geometry.kernel[0], rows).unfold(3, geometry.kernel[1], columns)
    return windows.movedim(4, -1).flatten(4).flatten(1, 3)


def _seen(padded: Tensor, pixel: Pair, geometry: Geometry) -> Tensor:
    """The pixels of large maps (M, B, H, W, C) that are under this pixel of the kernel, (M, B, h, w, C)."""
    rows, columns = (
        slice(first, first + stride * (count - 1) + 1, stride)
        for first, stride, count in zip(pixel, geometry.stride, geometry.small, strict=True)
    )
    return padded[:, :, rows, columns]


def _rows(small: Tensor) -> Tensor:
    """Maps (M, B, O, h, w) as a row for each pixel, (M, B·h·w, O)."""
    return small.movedim(2, -1).flatten(1, 3)


def _matrix(weight: Tensor) -> Tensor:
    """Weights (M, O, C, kh, kw) to (M, O, kh·kw·C)."""
    return weight.movedim(2, -1).flatten(2)
