"""Independent random generators, one for each purpose, all derived from the seed of a run."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Protocol

import torch
from torch import Generator, Tensor


def generator(seed: int, *purpose: str | int, device: torch.device | str = "cpu") -> Generator:
    """The generator for one purpose: `generator(0, "weights")`, `generator(0, "order", epoch)`.

    The same arguments give the same numbers; another seed or purpose gives independent ones. So drawing more numbers
    for one purpose changes those for no other.
    """
    return Generator(device).manual_seed(key(seed, *purpose) >> 1)


def key(seed: int, *purpose: str | int) -> int:
    """64 bits for one purpose."""
    digest = hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).digest()
    return int.from_bytes(digest[:8])


class Source(Protocol):
    """A source of noise other than a generator, for example numbers that a fleet has drawn before its step.

    Both methods return noise of the shape of `like`, whose last dimension is that of a code if `of_code`: members of a
    fleet differ in its size.
    """

    def uniform(self, like: Tensor, of_code: bool) -> Tensor: ...

    def normal(self, like: Tensor, of_code: bool) -> Tensor: ...


Noise = Generator | Source


class FixedNoise:
    """A source for one pass over a batch: all passes with the same shapes, types and device get the same numbers.

    The arrays that a pass draws one after the other are independent.
    """

    def __init__(self) -> None:
        self.drawn = 0

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return self._next(uniform, like)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return self._next(normal, like)

    def _next(self, law: Callable[[Tensor, Noise], Tensor], like: Tensor) -> Tensor:
        self.drawn += 1
        return _fixed(law, self.drawn, like.shape, like.dtype, like.device)


@cache  # 3 MB for 1,000 images of MNIST, which all members of a fleet share
def _fixed(
    law: Callable[[Tensor, Noise], Tensor], number: int, shape: torch.Size, dtype: torch.dtype, device: torch.device
) -> Tensor:
    """The array that `FixedNoise` draws as its `number`-th."""
    later = () if number == 1 else (number,)
    noise = generator(0, "fixed", law.__name__, *later, device=device)
    return law(torch.empty(shape, dtype=dtype, device=device), noise)


def uniform(like: Tensor, noise: Noise | None, of_code: bool = False) -> Tensor:
    """Independent uniform numbers in [0, 1), of the shape of `like`; if `noise` is None from torch's global generator.

    `of_code`: the last dimension is that of a code.
    """
    if noise is None or isinstance(noise, Generator):
        return torch.rand(like.shape, generator=noise, device=like.device)
    return noise.uniform(like, of_code)


def normal(like: Tensor, noise: Noise | None, of_code: bool = False) -> Tensor:
    """Independent standard normal numbers of the shape and type of `like`; otherwise as `uniform`."""
    if noise is None or isinstance(noise, Generator):
        return torch.randn(like.shape, generator=noise, device=like.device, dtype=like.dtype)
    return noise.normal(like, of_code)
