"""Noise for stacked members: each member's from its own generator, in the order in which it alone would draw it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.seeds import Noise, normal, uniform


class Request(NamedTuple):
    """The noise of one layer or term: of this shape (…) for each image and of this type.

    `of_code`: the last dimension holds the numbers of the code.
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


def draw(requests: Sequence[Request], count: int, width: int, source: Noise, device: torch.device) -> list[Tensor]:
    """The numbers for `count` images of a member whose code has `width` numbers, those of its code padded with 0."""
    return [_draw(request, count, width, source, device) for request in requests]


def _draw(request: Request, count: int, width: int, source: Noise, device: torch.device) -> Tensor:
    law = normal if request.normal else uniform
    shape = [count, *request.shape]
    padding = shape[-1] - width if request.of_code else 0
    shape[-1] -= padding
    return F.pad(law(torch.empty(shape, dtype=request.dtype, device=device), source, request.of_code), (0, padding))
