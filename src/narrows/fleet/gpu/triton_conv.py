"""The functions of `conv_products` by Triton kernels, which copy nothing. Imported on a GPU only.

The two kernels of products gather what a tile of pixels sees while they multiply, so that maps are read and written
once. Of default members (256, 128 images each) these are 0.6 GB for each product between maps of 16 × 14 × 14 and
32 × 7 × 7, and 15 GFLOP; copies of patches would be 0.9 GB, written and read again. Maps are contiguous,
(M, B, C, H, W).

Float32 numbers are multiplied in TF32 where `trainer.float32_matmul` says so, else as sums of three TF32 products,
whose error is about 2⁻²¹ of the product. Where a pixel takes few multiplications, as of one channel, they are those of
float32. Sums are in float32, in a fixed order.
"""

from math import gcd
from typing import NamedTuple

import torch
import triton
from torch import Tensor
from torch.nn import functional as F

from narrows.fleet.gpu.conv_products import Geometry, Pair
from narrows.fleet.gpu.conv_settings import SETTINGS, Setting
from narrows.fleet.gpu.triton_conv_kernels import multiply, multiply_transposed, relu_gradients

FEW = 512  # multiplications for a pixel, which take no longer outside of tensor cores than to read the maps
UNROLLED = 8  # of them, so that so many numbers are read at the same time
LEAST, MOST = 16, 64  # rows or columns of a tensor core's product; of outputs, of which 64 fit into the registers
PIXELS = 512  # of a tile at most
NUMBERS = (4, 512)  # images, and numbers of each, that a program of `relu_backward` reads at a time: 64 bytes a thread
PROGRAMS = 2048  # that fill a GPU: 132 multiprocessors of an H100 hold 8 to 16 each


def convolution(
    large: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool = False
) -> Tensor:
    """As `conv_products.convolution`."""
    way = _Way(geometry.kernel, geometry.stride, geometry.padding, geometry.small, (1, 1), geometry.small)
    return _windows("convolution", large, weight, bias, rectified, way)


def transposed(
    small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry, rectified: bool = False
) -> Tensor:
    """As `conv_products.transposed`, for each block of `stride` pixels by what all of them see together of `small`.

    The pixels of a block are outputs of one convolution of stride 1, with weights of 0 for what a pixel does not see.
    """
    (top, bottom), (left, right) = _seen(geometry, 0), _seen(geometry, 1)
    rows, columns = geometry.stride
    blocks = (-(-geometry.large[0] // rows), -(-geometry.large[1] // columns))
    way = _Way((bottom - top + 1, right - left + 1), (1, 1), (-top, -left), blocks, geometry.stride, geometry.large)
    weight = _of_blocks(weight, geometry, (bottom, right), way.window)
    return _windows("transposed", small, weight, bias, rectified, way)


def _seen(geometry: Geometry, axis: int) -> Pair:
    """The first and the last small pixel, relative to a block's own, that a block of `stride` pixels sees."""
    kernel, stride, padding = geometry.kernel[axis], geometry.stride[axis], geometry.padding[axis]
    return -((kernel - 1 - padding) // stride), (stride - 1 + padding) // stride


def _of_blocks(weight: Tensor, geometry: Geometry, last: Pair, window: Pair) -> Tensor:
    """Weights (M, O, C, kh, kw) of a convolution as those (M, sh, C, sw, O, *window) of blocks of its large pixels.

    Pixel q of a block sees small pixel y through the kernel's pixel q + padding - stride · y.
    """
    (rows, columns), (top, left) = geometry.stride, geometry.padding
    before = (rows * last[0] - top, columns * last[1] - left)
    behind = (rows * window[0] - before[0] - geometry.kernel[0], columns * window[1] - before[1] - geometry.kernel[1])
    padded = F.pad(weight, (before[1], behind[1], before[0], behind[0]))
    split: Tensor = padded.unflatten(4, (window[1], columns)).unflatten(3, (window[0], rows)).flip(3, 5)
    return split.permute(0, 4, 2, 6, 1, 3, 5)  # of (M, O, C, window, rows, window, columns)


class _Way(NamedTuple):
    """How a product goes through maps.

    At each of `positions` (rows, columns) it sees a `window` of pixels, from position · `step` - `padding` on, and
    gives a block of `up` pixels of its output of size `made`.
    """

    window: Pair
    step: Pair
    padding: Pair
    positions: Pair
    up: Pair
    made: Pair


def _windows(product: str, maps: Tensor, weight: Tensor, bias: Tensor | None, rectified: bool, way: _Way) -> Tensor:
    """Maps (M, B, C, H, W) with weights (M, …, C, *window) of blocks · O and biases (M, O) to (M, B, O, *made)."""
    members, images, channels, height, width = maps.shape
    outputs, seen = weight.shape[1:-3].numel(), weight.shape[-3:].numel()
    made = maps.new_empty(members, images, outputs // (way.up[0] * way.up[1]), *way.made)
    _check(maps, made)
    arithmetic = "fma" if outputs * seen <= FEW else _precision(maps)
    setting = SETTINGS[product, arithmetic]
    least, (deep, by_pixel) = min(LEAST, setting.deep), _steps(channels, seen, setting)
    wide = _tile(outputs, least, MOST)
    size = min(setting.tile // wide, PIXELS)
    pixels = images * way.positions[0] * way.positions[1]
    weight = weight.movedim(-3, -1) if by_pixel else weight
    with torch.cuda.device_of(maps):  # Triton launches on the current one
        multiply[triton.cdiv(pixels, size), members, triton.cdiv(outputs, wide)](
            *(maps.contiguous(), weight.contiguous(), made if bias is None else bias.contiguous(), made),
            *(images, channels, height, width, made.shape[2], *way.positions, *way.made, *way.padding),
            *(*way.window, *way.step, *way.up, bias is not None, rectified, arithmetic, by_pixel, wide, deep, size),
            UNROLLED if deep == 1 else 1,
            num_warps=setting.warps,
            num_stages=setting.stages,
        )
    return made


def _steps(channels: int, seen: int, setting: Setting) -> tuple[int, bool]:
    """How many of the numbers that a window contains are multiplied at a time, and whether they are of one pixel."""
    least, deep = min(LEAST, setting.deep), gcd(channels, setting.deep)
    if setting.by_pixel and deep >= least:
        return deep, True
    return _tile(seen, least, setting.deep), False


def weight_gradient(large: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
    """As `conv_products.weight_gradient`; pixels are split among programs where members alone do not fill a GPU."""
    members, images, channels, height, width = large.shape
    outputs, seen = small.shape[2], channels * geometry.kernel[0] * geometry.kernel[1]
    _check(large, small)
    precision = _precision(large)
    setting = SETTINGS["weight_gradient", precision]
    wide, deep = _tile(outputs, LEAST, MOST), _tile(seen, LEAST, setting.deep)
    size = max(LEAST, setting.tile // (2 * max(wide, deep)))
    blocks = triton.cdiv(outputs, wide) * triton.cdiv(seen, deep)
    tiles = triton.cdiv(images * geometry.small[0] * geometry.small[1], size)
    each = triton.cdiv(tiles, min(tiles, triton.cdiv(PROGRAMS, members * blocks)))
    parts = triton.cdiv(tiles, each)
    sums = torch.empty(parts, members, outputs, seen, device=large.device, dtype=torch.float32)
    with torch.cuda.device_of(large):
        multiply_transposed[blocks, members, parts](
            *(large.contiguous(), small.contiguous(), sums, images, each),
            *(channels, height, width, outputs, *geometry.small, *geometry.padding),
            *(*geometry.kernel, *geometry.stride, precision, wide, deep, size),
            num_warps=setting.warps,
            num_stages=setting.stages,
        )
    return sums.sum(0).to(large.dtype).view(members, outputs, channels, *geometry.kernel)


def relu_backward(gradient: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
    """As `conv_products.relu_backward`, in one pass: the kernel sums over images, torch then over pixels."""
    members, images, channels = output.shape[:3]
    numbers = output[0, 0].numel()
    _check(output)
    blocks = triton.cdiv(numbers, NUMBERS[1])
    each = triton.cdiv(images, min(images, triton.cdiv(PROGRAMS, members * blocks)))
    parts = triton.cdiv(images, each)
    before = torch.empty_like(output, memory_format=torch.contiguous_format)
    sums = torch.empty(parts, members, numbers, device=output.device, dtype=torch.float32)
    with torch.cuda.device_of(output):
        relu_gradients[blocks, members, parts](
            gradient.contiguous(), output.contiguous(), before, sums, images, each, numbers, *NUMBERS
        )
    return before, sums.view(parts, members, channels, -1).sum((0, 3)).to(output.dtype)


def _check(*maps: Tensor) -> None:
    """Raises ValueError for more numbers of a member than 32 bits count: 8 GB of each."""
    for each in maps:
        if each[0].numel() >= 2**31:
            raise ValueError(f"maps of {tuple(each.shape[1:])} for each member are too large; choose smaller batches")


def _tile(count: int, least: int, most: int) -> int:
    """How many of so many rows or columns a program computes."""
    return min(most, max(least, 1 << (count - 1).bit_length()))  # a power of 2


def _precision(maps: Tensor) -> str:
    """Torch's setting is that of products and convolutions alike; see `training.precision`."""
    return "tf32" if maps.dtype != torch.float32 or torch.backends.cuda.matmul.allow_tf32 else "tf32x3"
