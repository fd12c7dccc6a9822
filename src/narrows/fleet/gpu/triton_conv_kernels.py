"""Triton's kernels of `triton_conv`: products of matrices that gather a window's pixels while they multiply.

Sizes of maps are known at compilation, so that divisions become multiplications; a kernel is compiled for each
geometry. Within the maps of a member, offsets are of 32 bits. Numbers of a window are counted by `number`, of its
channels and pixels: pixels of one channel follow each other, or, where `by_pixel`, channels of one pixel.
"""

import triton
from triton import language as tl


@triton.jit(do_not_specialize=["images"])
def multiply(
    maps: tl.tensor,
    weight: tl.tensor,
    bias: tl.tensor,
    made: tl.tensor,
    images: int,
    channels: tl.constexpr,
    height: tl.constexpr,
    width: tl.constexpr,
    outputs: tl.constexpr,
    rows: tl.constexpr,
    columns: tl.constexpr,
    out_height: tl.constexpr,
    out_width: tl.constexpr,
    top: tl.constexpr,
    left: tl.constexpr,
    window_rows: tl.constexpr,
    window_columns: tl.constexpr,
    step_rows: tl.constexpr,
    step_columns: tl.constexpr,
    up_rows: tl.constexpr,
    up_columns: tl.constexpr,
    biased: tl.constexpr,
    rectified: tl.constexpr,
    precision: tl.constexpr,
    by_pixel: tl.constexpr,
    wide: tl.constexpr,
    deep: tl.constexpr,
    size: tl.constexpr,
    unroll: tl.constexpr,
) -> None:
    """A tile (wide, size) of outputs times pixels: weights (wide, deep) times patches (deep, size), summed."""
    window: tl.constexpr = window_rows * window_columns
    seen: tl.constexpr = channels * window
    blocks: tl.constexpr = outputs * up_rows * up_columns
    member = tl.program_id(1).to(tl.int64)
    place = tl.program_id(0) * size + tl.arange(0, size)
    image, y, x = place // (rows * columns), place // columns % rows, place % columns
    exists = place < images * (rows * columns)
    first_row, first_column = y * step_rows - top, x * step_columns - left
    starts = image * (channels * height * width) + first_row * width + first_column
    of_member = maps + member * images * (channels * height * width)
    output = tl.program_id(2) * wide + tl.arange(0, wide)
    weights = weight + member * (blocks * seen)
    sums = tl.zeros((wide, size), tl.float32)
    for begin in tl.range(0, seen, deep, loop_unroll_factor=unroll):
        number = begin + tl.arange(0, deep)
        if by_pixel:  # one for all numbers of this step
            pixel = begin // channels
            channel = (number % channels)[:, None]
        else:
            pixel = (number % window)[:, None]
            channel = (number // window)[:, None]
        row, column = pixel // window_columns, pixel % window_columns
        inside = _inside(first_row[None, :] + row, first_column[None, :] + column, height, width) & exists[None, :]
        offsets = starts[None, :] + (channel * (height * width) + row * width + column)
        present = (output < blocks)[:, None]
        if seen % deep != 0:
            inside &= (number < seen)[:, None]
            present &= (number < seen)[None, :]
        factors = tl.load(weights + (output[:, None] * seen + number[None, :]), mask=present, other=0.0)
        patches = tl.load(of_member + offsets, mask=inside, other=0.0)
        if deep == 1:
            sums += factors.to(tl.float32) * patches.to(tl.float32)
        else:
            sums = tl.dot(factors, patches, sums, input_precision=precision)
    if biased:
        channel = output // up_columns % outputs
        sums += tl.load(bias + member * outputs + channel).to(tl.float32)[:, None]
    if rectified:
        sums = tl.where(sums < 0, 0.0, sums)  # NaN remains
    # Columns of a block that are neighbours in memory are stored by neighbouring threads.
    pair: tl.constexpr = up_columns if wide % up_columns == 0 and (up_columns & (up_columns - 1)) == 0 else 1
    sums = tl.reshape(tl.permute(tl.reshape(sums, (wide // pair, pair, size)), (0, 2, 1)), (wide // pair, size * pair))
    place = (tl.program_id(0) * size + tl.arange(0, size * pair) // pair)[None, :]
    output = (tl.program_id(2) * wide + tl.arange(0, wide // pair) * pair)[:, None]
    image, channel = place // (rows * columns), output // up_columns % outputs
    row = place // columns % rows * up_rows + output // (outputs * up_columns)
    column = place % columns * up_columns + (tl.arange(0, size * pair) % pair)[None, :] + output % up_columns
    offsets = (image * outputs + channel) * (out_height * out_width) + row * out_width + column
    stored = (place < images * (rows * columns)) & (output < blocks) & (row < out_height) & (column < out_width)
    of_outputs = made + member * images * (outputs * out_height * out_width)
    tl.store(of_outputs + offsets, sums.to(made.dtype.element_ty), mask=stored)


@triton.jit(do_not_specialize=["images", "tiles"])
def multiply_transposed(
    maps: tl.tensor,
    gradients: tl.tensor,
    made: tl.tensor,
    images: int,
    tiles: int,
    channels: tl.constexpr,
    height: tl.constexpr,
    width: tl.constexpr,
    outputs: tl.constexpr,
    rows: tl.constexpr,
    columns: tl.constexpr,
    top: tl.constexpr,
    left: tl.constexpr,
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
    window: tl.constexpr = window_rows * window_columns
    seen: tl.constexpr = channels * window
    pixels: tl.constexpr = rows * columns
    deeps: tl.constexpr = (seen + deep - 1) // deep
    member, part = tl.program_id(1).to(tl.int64), tl.program_id(2)
    output = (tl.program_id(0) // deeps * wide + tl.arange(0, wide))[:, None]
    number = (tl.program_id(0) % deeps * deep + tl.arange(0, deep))[:, None]
    row, column = number % window // window_columns - top, number % window_columns - left
    shifts = number // window * (height * width) + row * width + column
    of_maps = maps + member * images * (channels * height * width)
    of_gradients = gradients + member * images * (outputs * pixels)
    sums = tl.zeros((wide, deep), tl.float32)
    for tile in range(tiles):
        place = ((part * tiles + tile) * size + tl.arange(0, size))[None, :]
        image, y, x = place // pixels, place // columns % rows, place % columns
        exists = place < images * pixels
        starts = image * (channels * height * width) + y * (step_rows * width) + x * step_columns
        inside = _inside(y * step_rows + row, x * step_columns + column, height, width) & exists
        patches = tl.load(of_maps + (starts + shifts), mask=inside & (number < seen), other=0.0)
        offsets = image * (outputs * pixels) + place % pixels + output * pixels
        factors = tl.load(of_gradients + offsets, mask=exists & (output < outputs), other=0.0)
        sums = tl.dot(factors, tl.trans(patches), sums, input_precision=precision)
    number = tl.program_id(0) % deeps * deep + tl.arange(0, deep)[None, :]
    pointers = made + ((part * tl.num_programs(1) + member) * outputs + output) * seen + number
    tl.store(pointers, sums, mask=(output < outputs) & (number < seen))


@triton.jit(do_not_specialize=["images", "each"])
def relu_gradients(
    gradients: tl.tensor,
    maps: tl.tensor,
    made: tl.tensor,
    sums: tl.tensor,
    images: int,
    each: int,
    numbers: tl.constexpr,
    deep: tl.constexpr,
    size: tl.constexpr,
) -> None:
    """Gradients of a ReLU's input, from those of its output `maps`, and their sums over `each` images.

    `numbers` are those of an image, channels times pixels. A program reads the same `size` of them from each image,
    `deep` images at a time.
    """
    member, part = tl.program_id(1).to(tl.int64), tl.program_id(2)
    number = tl.program_id(0) * size + tl.arange(0, size)
    start, end = member * images * numbers, tl.minimum(images, (part + 1) * each)
    total = tl.zeros((deep, size), tl.float32)
    for begin in range(part * each, end, deep):
        image = begin + tl.arange(0, deep)[:, None]
        exists = (image < end) & (number < numbers)[None, :]
        offsets = start + (image * numbers + number[None, :])
        gradient = tl.load(gradients + offsets, mask=exists, other=0.0)
        gradient = tl.where(tl.load(maps + offsets, mask=exists, other=0.0) <= 0, 0.0, gradient)
        tl.store(made + offsets, gradient, mask=exists)
        total += gradient.to(tl.float32)
    pointers = sums + (part * tl.num_programs(1) + member) * numbers + number
    tl.store(pointers, tl.sum(total, 0), mask=number < numbers)


@triton.jit
def _inside(row: tl.tensor, column: tl.tensor, height: tl.constexpr, width: tl.constexpr) -> tl.tensor:
    """Whether the maps contain these pixels. Negative numbers become large ones without a sign."""
    return (row.to(tl.uint32) < height) & (column.to(tl.uint32) < width)
