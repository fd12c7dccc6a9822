"""The products of `conv_products` by two Triton kernels, which copy nothing. Imported on a GPU only.

Both gather what a tile of pixels sees while they multiply, so that maps are read and written once. Of default members
(256, 128 images each) these are 0.6 GB for each product between maps of 16 × 14 × 14 and 32 × 7 × 7, and 15 GFLOP;
copies of patches would be 0.9 GB, written and read again. Maps are contiguous, (M, B, C, H, W).

Float32 numbers are multiplied in TF32 where `trainer.float32_matmul` says so, else as sums of three TF32 products,
whose error is about 2⁻²¹ of the product. Sums are in float32, in a fixed order.
"""

from typing import NamedTuple

import torch
import triton
from torch import Tensor
from torch.nn import functional as F
from triton import language as tl

from narrows.fleet.gpu.conv_products import Geometry, Pair

TILE = 4096  # numbers of a tile of outputs: 32 in the registers of each thread
SUMMED = 32  # pixels that are added at a time to a gradient of weights; 64 do not fit into an H100's registers
LEAST = 16  # rows or columns of the smallest product of a tensor core
PROGRAMS = 2048  # that fill a GPU: 132 multiprocessors of an H100 hold 8 to 16 each

_UNSPECIALISED = {  # one kernel for maps of any size
    "do_not_specialize": [
        *("images", "channels", "height", "width", "outputs", "rows", "columns", "out_height", "out_width"),
        *("top", "left", "tiles"),
    ],
}


def convolution(large: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """As `conv_products.convolution`."""
    way = _Way(geometry.kernel, geometry.stride, geometry.padding, geometry.small, (1, 1), geometry.small)
    return _windows(large, weight, bias, way)


def transposed(small: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """As `conv_products.transposed`, for each block of `stride` pixels by what all of them see together of `small`.

    The pixels of a block are outputs of one convolution of stride 1, with weights of 0 for what a pixel does not see.
    """
    (top, bottom), (left, right) = _seen(geometry, 0), _seen(geometry, 1)
    rows, columns = geometry.stride
    blocks = (-(-geometry.large[0] // rows), -(-geometry.large[1] // columns))
    way = _Way((bottom - top + 1, right - left + 1), (1, 1), (-top, -left), blocks, geometry.stride, geometry.large)
    return _windows(small, _of_blocks(weight, geometry, (bottom, right), way.window), bias, way)


def _seen(geometry: Geometry, axis: int) -> Pair:
    """The first and the last small pixel, relative to a block's own, that a block of `stride` pixels sees."""
    kernel, stride, padding = geometry.kernel[axis], geometry.stride[axis], geometry.padding[axis]
    return -((kernel - 1 - padding) // stride), (stride - 1 + padding) // stride


def _of_blocks(weight: Tensor, geometry: Geometry, last: Pair, window: Pair) -> Tensor:
    """Weights (M, O, C, kh, kw) of a convolution as those (M, sh·sw·C, O, *window) of blocks of its large pixels.

    Pixel q of a block sees small pixel y through the kernel's pixel q + padding - stride · y.
    """
    (rows, columns), (top, left) = geometry.stride, geometry.padding
    before = (rows * last[0] - top, columns * last[1] - left)
    behind = (rows * window[0] - before[0] - geometry.kernel[0], columns * window[1] - before[1] - geometry.kernel[1])
    padded = F.pad(weight, (before[1], behind[1], before[0], behind[0]))
    split = padded.unflatten(4, (window[1], columns)).unflatten(3, (window[0], rows)).flip(3, 5)
    return split.permute(0, 4, 6, 2, 1, 3, 5).flatten(1, 3)  # of (M, O, C, window, rows, window, columns)


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


def _windows(maps: Tensor, weight: Tensor, bias: Tensor | None, way: _Way) -> Tensor:
    """Maps (M, B, C, H, W) with weights (M, blocks · O, C, *window) and biases (M, O) to (M, B, O, *made)."""
    members, images, channels, height, width = maps.shape
    outputs = weight.shape[1]
    made = maps.new_empty(members, images, outputs // (way.up[0] * way.up[1]), *way.made)
    _check(maps, made)
    pixels, wide = images * way.positions[0] * way.positions[1], _tile(outputs)
    size = TILE // max(wide, 32)
    with torch.cuda.device_of(maps):  # Triton launches on the current one
        _multiply[triton.cdiv(pixels, size), members, triton.cdiv(outputs, wide)](
            *(maps.contiguous(), weight.contiguous(), made if bias is None else bias.contiguous(), made),
            *(images, channels, height, width, made.shape[2], *way.positions, *way.made, *way.padding),
            *(*way.window, *way.step, *way.up, bias is not None, _precision(maps), wide, LEAST, size),
            num_stages=3,
        )
    return made


def weight_gradient(large: Tensor, small: Tensor, geometry: Geometry) -> Tensor:
    """As `conv_products.weight_gradient`; pixels are split among programs where members alone do not fill a GPU."""
    members, images, channels, height, width = large.shape
    outputs, seen = small.shape[2], channels * geometry.kernel[0] * geometry.kernel[1]
    _check(large, small)
    wide, deep = _tile(outputs), _tile(seen)
    blocks = triton.cdiv(outputs, wide) * triton.cdiv(seen, deep)
    tiles = triton.cdiv(images * geometry.small[0] * geometry.small[1], SUMMED)
    each = triton.cdiv(tiles, min(tiles, triton.cdiv(PROGRAMS, members * blocks)))
    parts = triton.cdiv(tiles, each)
    sums = torch.empty(parts, members, outputs, seen, device=large.device, dtype=torch.float32)
    with torch.cuda.device_of(large):
        _multiply_transposed[blocks, members, parts](
            *(large.contiguous(), small.contiguous(), sums),
            *(images, channels, height, width, outputs, *geometry.small, *geometry.padding, each),
            *(*geometry.kernel, *geometry.stride, _precision(large), wide, deep, SUMMED),
            num_stages=2,
        )
    return sums.sum(0).to(large.dtype).view(members, outputs, channels, *geometry.kernel)


def _check(*maps: Tensor) -> None:
    """Raises ValueError for more numbers of a member than 32 bits count: 8 GB of each."""
    for each in maps:
        if each[0].numel() >= 2**31:
            raise ValueError(f"maps of {tuple(each.shape[1:])} for each member are too large; choose smaller batches")


def _tile(count: int) -> int:
    """How many of so many rows or columns a program computes."""
    return min(64, max(LEAST, triton.next_power_of_2(count)))


def _precision(maps: Tensor) -> str:
    """Torch's setting is that of products and convolutions alike; see `training.precision`."""
    return "tf32" if maps.dtype != torch.float32 or torch.backends.cuda.matmul.allow_tf32 else "tf32x3"


@triton.jit(**_UNSPECIALISED)
def _multiply(
    maps: tl.tensor,
    weight: tl.tensor,
    bias: tl.tensor,
    made: tl.tensor,
    images: int,
    channels: int,
    height: int,
    width: int,
    outputs: int,
    rows: int,
    columns: int,
    out_height: int,
    out_width: int,
    top: int,
    left: int,
    window_rows: tl.constexpr,
    window_columns: tl.constexpr,
    step_rows: tl.constexpr,
    step_columns: tl.constexpr,
    up_rows: tl.constexpr,
    up_columns: tl.constexpr,
    biased: tl.constexpr,
    precision: tl.constexpr,
    wide: tl.constexpr,
    deep: tl.constexpr,
    size: tl.constexpr,
) -> None:
    """A tile (wide, size) of outputs times pixels: weights (wide, deep) times patches (deep, size), summed."""
    member = tl.program_id(1).to(tl.int64)
    place = tl.program_id(0) * size + tl.arange(0, size)
    image, y, x = place // (rows * columns), place // columns % rows, place % columns
    seen, blocks = channels * window_rows * window_columns, outputs * up_rows * up_columns
    starts = image * (channels * height * width)
    first_row, first_column = y * step_rows - top, x * step_columns - left
    output = tl.program_id(2) * wide + tl.arange(0, wide)
    weights = weight + member * blocks * seen
    sums = tl.zeros((wide, size), tl.float32)
    for begin in range(0, seen, deep):
        number = begin + tl.arange(0, deep)
        patches = _patches(
            *(maps + member * images * channels * height * width, starts, first_row, first_column, number),
            *(height, width, place < images * rows * columns, number < seen, window_rows, window_columns),
        )
        present = (output < blocks)[:, None] & (number < seen)[None, :]
        factors = tl.load(weights + (output[:, None] * seen + number[None, :]), mask=present, other=0.0)
        sums = tl.dot(factors, patches, sums, input_precision=precision)
    channel = output % outputs
    if biased:
        sums += tl.load(bias + member * outputs + channel).to(tl.float32)[:, None]
    row = (y * up_rows)[None, :] + (output // outputs // up_columns)[:, None]
    column = (x * up_columns)[None, :] + (output // outputs % up_columns)[:, None]
    offsets = (image[None, :] * outputs + channel[:, None]) * (out_height * out_width) + row * out_width + column
    exists = (place < images * rows * columns)[None, :] & (output < blocks)[:, None]
    tl.store(
        made + member * images * outputs * out_height * out_width + offsets,
        sums.to(made.dtype.element_ty),
        mask=exists & (row < out_height) & (column < out_width),
    )


@triton.jit(**_UNSPECIALISED)
def _multiply_transposed(
    maps: tl.tensor,
    gradients: tl.tensor,
    made: tl.tensor,
    images: int,
    channels: int,
    height: int,
    width: int,
    outputs: int,
    rows: int,
    columns: int,
    top: int,
    left: int,
    tiles: int,
    window_rows: tl.constexpr,
    window_columns: tl.constexpr,
    step_rows: tl.constexpr,
    step_columns: tl.constexpr,
    precision: tl.constexpr,
    wide: tl.constexpr,
    deep: tl.constexpr,
    size: tl.constexpr,
) -> None:
    """A tile (wide, deep) of outputs times numbers of a window, summed over the pixels of so many tiles."""
    member, part = tl.program_id(1).to(tl.int64), tl.program_id(2)
    pixels, seen = rows * columns, channels * window_rows * window_columns
    deeps = tl.cdiv(seen, deep)
    output = tl.program_id(0) // deeps * wide + tl.arange(0, wide)
    number = tl.program_id(0) % deeps * deep + tl.arange(0, deep)
    of_member = gradients + member * images * outputs * pixels
    sums = tl.zeros((wide, deep), tl.float32)
    for tile in range(tiles):
        place = (part * tiles + tile) * size + tl.arange(0, size)
        image, y, x = place // pixels, place // columns % rows, place % columns
        exists = place < images * pixels
        patches = _patches(
            *(maps + member * images * channels * height * width, image * (channels * height * width)),
            *(y * step_rows - top, x * step_columns - left, number, height, width, exists, number < seen),
            *(window_rows, window_columns),
        )
        offsets = (image * (outputs * pixels) + place % pixels)[None, :] + (output * pixels)[:, None]
        factors = tl.load(of_member + offsets, mask=exists[None, :] & (output < outputs)[:, None], other=0.0)
        sums = tl.dot(factors, tl.trans(patches), sums, input_precision=precision)
    pointers = made + ((part * tl.num_programs(1) + member) * outputs + output)[:, None] * seen + number[None, :]
    tl.store(pointers, sums, mask=(output < outputs)[:, None] & (number < seen)[None, :])


@triton.jit
def _patches(
    maps: tl.tensor,
    starts: tl.tensor,
    first_row: tl.tensor,
    first_column: tl.tensor,
    number: tl.tensor,
    height: int,
    width: int,
    places: tl.tensor,
    numbers: tl.tensor,
    window_rows: tl.constexpr,
    window_columns: tl.constexpr,
) -> tl.tensor:
    """The numbers (deep, size) that windows contain, 0 outside the maps of an image, which begin at `starts`."""
    channel = number // (window_rows * window_columns)
    row = first_row[None, :] + (number // window_columns % window_rows)[:, None]
    column = first_column[None, :] + (number % window_columns)[:, None]
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    offsets = starts[None, :] + (channel * height * width)[:, None] + row * width + column
    return tl.load(maps + offsets, mask=inside & places[None, :] & numbers[:, None], other=0.0)
