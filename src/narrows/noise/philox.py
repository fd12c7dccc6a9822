"""Random numbers as a function of a key and a counter: Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
easy as 1, 2, 3"), here with torch's own operations on any device. `triton_philox` is the same in one kernel.

Both give the same numbers, bit for bit, on a CPU and on a GPU, normal ones included: they use integers, the exact
conversion of integers below 2^24, and single additions, products and square roots of float32, which IEEE 754 rounds
correctly, in the same order. Hence polynomials in place of torch's own logarithm, sine and cosine, which differ between
devices in the last digit.
"""

from collections.abc import Sequence
from math import pi
from typing import NamedTuple

import torch
from torch import Tensor

ROUNDS = 10
MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
KEY_STEPS = 0x9E3779B9, 0xBB67AE85  # added to the words of the key after each round

WORD = 0xFFFFFFFF
RESOLUTION = 2.0**-24  # of uniform numbers; float32 holds its multiples up to 1 exactly

#: Minimax polynomials of the Cephes library (logf.c, sinf.c, cosf.c), highest power first, for log(1 + y) / y³ + …,
#: sin(φ) / φ³ + … and cos(φ) / φ⁴ + …
LOG = (
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
SINE = (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
COSINE = (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
LOG_2 = 0.6931471805599453
SQRT_HALF = 0x3F3504F3  # the bits of √½ as float32
MANTISSA = 0x7FFFFF
TURN = 2 * pi * RESOLUTION  # radians in a 2^-24th of a turn


class Layout(NamedTuple):
    """For each of M members `rows` rows of `wide` numbers, of which it has the first `widths[member]`; None: all."""

    rows: int
    wide: int
    widths: Tensor | None = None


def numbers(normal: bool, keys: Tensor, steps: Tensor, request: int, layout: Layout) -> Tensor:
    """Standard normal numbers, or uniform ones in [0, 1), float32 (M, rows, wide); 0 where a member has none.

    `keys` and `steps` are int64, (M,), of which all 64 bits count. The member's key is that of Philox; the counter's
    words are the block of four numbers, the request, and the lower and upper half of the step. A member's numbers,
    fewer than 2^31, are counted along its rows without padding: they depend neither on the other members, nor on
    `wide`, nor on the number of rows.
    """
    count = layout.rows * layout.wide
    blocks = torch.arange((count + 3) // 4, device=keys.device)
    key, step = _halves(keys.unsqueeze(1)), _halves(steps.unsqueeze(1))
    words = philox((blocks, torch.full_like(blocks, request), *step), key)
    drawn = normals(words) if normal else [uniforms(word) for word in words]
    return _laid_out(torch.stack(drawn, -1).flatten(1), layout)


def _halves(values: Tensor) -> tuple[Tensor, Tensor]:
    return values & WORD, values >> 32 & WORD


def _laid_out(drawn: Tensor, layout: Layout) -> Tensor:
    """The numbers (M, at least rows · wide) as (M, rows, wide)."""
    rows, wide, widths = layout
    if widths is None:
        return drawn[:, : rows * wide].view(-1, rows, wide)
    columns, own = torch.arange(wide, device=drawn.device), widths.view(-1, 1, 1)
    places = torch.arange(rows, device=drawn.device).unsqueeze(1) * own + columns
    return drawn.gather(1, places.flatten(1)).view_as(places).where(columns < own, 0)


def philox(counter: Sequence[Tensor], key: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Four random words for each counter of four words and key of two, which are broadcast; words in int64."""
    (a, b, c, d), (low, high) = counter, key
    for _ in range(ROUNDS):
        (first, over_first), (second, over_second) = _product(a, MULTIPLIERS[0]), _product(c, MULTIPLIERS[1])
        a, b, c, d = over_second ^ b ^ low, second, over_first ^ d ^ high, first
        low, high = low + KEY_STEPS[0] & WORD, high + KEY_STEPS[1] & WORD
    return a, b, c, d


def _product(word: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """The lower and upper word of a product, from products of 16 and 32 bits, which do not overflow an int64."""
    lower, upper = (word & 0xFFFF) * factor, (word >> 16) * factor
    middle = upper + (lower >> 16)
    return (middle << 16 | lower & 0xFFFF) & WORD, middle >> 16


def uniforms(word: Tensor) -> Tensor:
    """Uniform numbers in [0, 1), float32, from the upper 24 bits of words."""
    return (word >> 8).float() * RESOLUTION


def normals(words: Sequence[Tensor]) -> list[Tensor]:
    """As many standard normal numbers as words, float32: the pairs of Box & Muller (1958), at most 5.8 in size."""
    return [number for pair in (words[:2], words[2:]) for number in _normal_pair(*pair)]


def _normal_pair(word: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    square, (cosine, sine) = -2 * log((word >> 8) + 1), cosine_and_sine(other >> 8)
    radius = square.double().sqrt().float()  # rounded correctly, which torch's float32 root on a CPU is not
    return radius * cosine, radius * sine


def log(count: Tensor) -> Tensor:
    """The logarithm of count · 2^-24, float32, for integers from 1 to 2^24. Never above 0."""
    bits = count.float().view(torch.int32) - SQRT_HALF
    exponent = ((bits >> 23) - 24).float()
    y = ((bits & MANTISSA) + SQRT_HALF).view(torch.float32) - 1  # the number is 2^exponent (1 + y), 1 + y about 1
    square = y * y
    return exponent * LOG_2 + (y + (_polynomial(LOG, y) * y * square - 0.5 * square))


def cosine_and_sine(count: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of count · 2^-24 turns, float32, for integers from 0 to 2^24 - 1."""
    quarter = count + 2**21 >> 22  # the nearest one; the angle is within an eighth of a turn of it
    angle = (count - (quarter << 22)).float() * TURN
    square = angle * angle
    sine = _polynomial(SINE, square) * square * angle + angle
    cosine = _polynomial(COSINE, square) * square * square - 0.5 * square + 1
    odd = quarter & 1 == 1
    across, up = torch.where(odd, sine, cosine), torch.where(odd, cosine, sine)
    return torch.where(quarter + 1 & 2 == 2, -across, across), torch.where(quarter & 2 == 2, -up, up)


def _polynomial(coefficients: Sequence[float], x: Tensor) -> Tensor:
    value = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        value = value * x + coefficient
    return value
