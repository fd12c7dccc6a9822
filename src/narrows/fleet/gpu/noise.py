"""Noise for stacked members: from the generator of each, in the order of its run alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.fleet.stack import widened
from narrows.seeds import Noise, normal, uniform


class Request(NamedTuple):
    """The noise of one layer or term: of this shape (…) for each image and of this type.

    `of_code`: the last dimension is that of the code, or a multiple of it.
    """

    normal: bool
    shape: torch.Size
    dtype: torch.dtype
    of_code: bool


class RequestRecorder:
    """A source of noise that records what is drawn."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        self.requests.append(Request(False, like.shape[1:], like.dtype, of_code))
        return uniform(like, None)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        self.requests.append(Request(True, like.shape[1:], like.dtype, of_code))
        return normal(like, None)


class Drawn:
    """A source of noise that was drawn before."""

    def __init__(self, numbers: Sequence[Tensor]) -> None:
        self.numbers: Iterator[Tensor] = iter(numbers)

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)


def draw(
    requests: Sequence[Request], count: int, widths: tuple[int, int], source: Noise, device: torch.device
) -> list[Tensor]:
    """The noise for `count` images of a member; that of its code is padded with 0.

    `widths` are the numbers in the member's code and in the widest code of the stack.
    """
    return [_draw(request, count, widths, source, device) for request in requests]


def _draw(request: Request, count: int, widths: tuple[int, int], source: Noise, device: torch.device) -> Tensor:
    law = normal if request.normal else uniform
    shape, (width, wide) = [count, *request.shape], widths
    if request.of_code:
        shape[-1] = shape[-1] // wide * width
    numbers = law(torch.empty(shape, dtype=request.dtype, device=device), source, request.of_code)
    return widened(numbers, numbers.dim() - 1, width, wide) if request.of_code else numbers
