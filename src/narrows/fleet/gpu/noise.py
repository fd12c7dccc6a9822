"""Noise for stacked members: each member's from its own generator, in the order in which it alone would draw it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Autoencoder
from narrows.seeds import normal, uniform


class Request(NamedTuple):
    """What a module asks for: of this shape (…) for each image and of this type; only codes ask for normal numbers."""

    normal: bool
    shape: torch.Size
    dtype: torch.dtype


class Asked:
    """Takes down what is asked for."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def uniform(self, like: Tensor) -> Tensor:
        self.requests.append(Request(False, like.shape[1:], like.dtype))
        return uniform(like, None)

    def normal(self, like: Tensor) -> Tensor:
        self.requests.append(Request(True, like.shape[1:], like.dtype))
        return normal(like, None)


class Drawn:
    """Plays back what was drawn."""

    def __init__(self, numbers: Sequence[Tensor]) -> None:
        self.numbers: Iterator[Tensor] = iter(numbers)

    def uniform(self, like: Tensor) -> Tensor:
        return next(self.numbers)

    def normal(self, like: Tensor) -> Tensor:
        return next(self.numbers)


@torch.no_grad()
def requests(autoencoder: Autoencoder, images: Tensor) -> list[Request]:
    """What one training pass asks for, in its order."""
    asked = Asked()
    autoencoder.train()(images, asked)
    return asked.requests


def draw(wanted: Sequence[Request], count: int, width: int, source: Generator) -> list[Tensor]:
    """The numbers for `count` images of a member whose code has `width` numbers, those of its code padded with 0."""
    return [_draw(one, count, width, source) for one in wanted]


def _draw(request: Request, count: int, width: int, source: Generator) -> Tensor:
    if not request.normal:
        return uniform(torch.empty(count, *request.shape, dtype=request.dtype, device=source.device), source)
    (padded,) = request.shape
    numbers = normal(torch.empty(count, width, dtype=request.dtype, device=source.device), source)
    return F.pad(numbers, (0, padded - width))
