"""The numbers of `philox`, bit for bit, by one Triton kernel. Imported on a GPU only: not every torch ships Triton."""

import torch
import triton
from torch import Tensor
from triton import language as tl

from narrows.noise import philox
from narrows.noise.philox import Layout

BLOCKS = 128  # of four numbers for each program: one for each thread, which stores its four at once

_LOG = tl.constexpr(philox.LOG)
_SINE = tl.constexpr(philox.SINE)
_COSINE = tl.constexpr(philox.COSINE)
_LOG_2 = tl.constexpr(philox.LOG_2)
_SQRT_HALF = tl.constexpr(philox.SQRT_HALF)
_MANTISSA = tl.constexpr(philox.MANTISSA)
_TURN = tl.constexpr(philox.TURN)
_RESOLUTION = tl.constexpr(philox.RESOLUTION)
_WORD = tl.constexpr(philox.WORD)


def numbers(normal: bool, keys: Tensor, steps: Tensor, request: int, layout: Layout) -> Tensor:
    """As `philox.numbers`. It waits for nothing and can be captured in a CUDA graph once its kernel is compiled."""
    rows, wide, widths = layout
    count = rows * wide
    quads = triton.cdiv(count, 4)
    make = torch.empty if widths is None else torch.zeros
    drawn = make(len(keys), 4 * quads, device=keys.device, dtype=torch.float32)
    with torch.cuda.device_of(keys):  # Triton launches on the current one
        _fill[triton.cdiv(quads, BLOCKS), len(keys)](
            *(drawn, keys, steps, keys if widths is None else widths, request, rows, wide, quads),
            *(normal, widths is not None, BLOCKS),
            enable_fp_fusion=False,  # a fused multiply-add rounds once where `philox` rounds twice
        )
    return drawn[:, :count].view(-1, rows, wide)


#: One kernel for numbers of any size, and for any members of a fleet: these begin at addresses of any alignment.
UNSPECIALISED = {
    "do_not_specialize": ["request", "rows", "wide", "quads"],
    "do_not_specialize_on_alignment": ["keys", "steps", "widths"],
}


@triton.jit(**UNSPECIALISED)
def _fill(
    drawn: tl.tensor,
    keys: tl.tensor,
    steps: tl.tensor,
    widths: tl.tensor,
    request: int,
    rows: int,
    wide: int,
    quads: int,
    normal: tl.constexpr,
    padded: tl.constexpr,
    size: tl.constexpr,
) -> None:
    member = tl.program_id(1)
    key, step = tl.load(keys + member), tl.load(steps + member)
    block = tl.program_id(0) * size + tl.arange(0, size)
    a, b, c, d = tl.philox(key, block, request, (step & _WORD).to(tl.uint32), (step >> 32 & _WORD).to(tl.uint32))
    if normal:
        a, b = _normal_pair(a, b)
        c, d = _normal_pair(c, d)
    else:
        a, b, c, d = _uniform(a), _uniform(b), _uniform(c), _uniform(d)
    values = tl.interleave(tl.interleave(a, c), tl.interleave(b, d))
    place = tl.program_id(0) * (4 * size) + tl.arange(0, 4 * size)
    start = drawn + member.to(tl.int64) * (4 * quads)
    if padded:
        own = tl.load(widths + member).to(tl.int32)
        tl.store(start + place // own * wide + place % own, values, mask=place < rows * own)
    else:
        tl.store(start + place, values, mask=place // 4 < quads)


@triton.jit
def _uniform(word: tl.tensor) -> tl.tensor:
    return (word >> 8).to(tl.float32) * _RESOLUTION


@triton.jit
def _normal_pair(word: tl.tensor, other: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    radius = tl.sqrt_rn(-2 * _log(((word >> 8) + 1).to(tl.float32)))
    cosine, sine = _cosine_and_sine((other >> 8).to(tl.int32))
    return radius * cosine, radius * sine


@triton.jit
def _log(count: tl.tensor) -> tl.tensor:
    bits = count.to(tl.int32, bitcast=True) - _SQRT_HALF
    exponent = ((bits >> 23) - 24).to(tl.float32)
    y = ((bits & _MANTISSA) + _SQRT_HALF).to(tl.float32, bitcast=True) - 1
    square = y * y
    return exponent * _LOG_2 + (y + (_polynomial(_LOG, 8, y) * y * square - 0.5 * square))


@triton.jit
def _cosine_and_sine(count: tl.tensor) -> tuple[tl.tensor, tl.tensor]:
    quarter = (count + 2097152) >> 22
    angle = (count - (quarter << 22)).to(tl.float32) * _TURN
    square = angle * angle
    sine = _polynomial(_SINE, 2, square) * square * angle + angle
    cosine = _polynomial(_COSINE, 2, square) * square * square - 0.5 * square + 1
    odd = (quarter & 1) == 1
    across, up = tl.where(odd, sine, cosine), tl.where(odd, cosine, sine)
    return tl.where((quarter + 1) & 2 == 2, -across, across), tl.where(quarter & 2 == 2, -up, up)


@triton.jit
def _polynomial(coefficients: tl.constexpr, degree: tl.constexpr, x: tl.tensor) -> tl.tensor:
    value = coefficients[0] * x
    for power in tl.static_range(1, degree):
        value = (value + coefficients[power]) * x
    return value + coefficients[degree]
