"""Independent random generators, one for each purpose, all derived from the seed of a run."""

import hashlib
from collections.abc import Callable
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
    """A source that returns the same numbers in every call with the same shape, type and device."""

    def __init__(self) -> None:
        self.cache: dict[tuple[object, ...], Tensor] = {}

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return self._cached(uniform, like)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return self._cached(normal, like)

    def _cached(self, draw: Callable[[Tensor, Noise], Tensor], like: Tensor) -> Tensor:
        key = draw, like.shape, like.dtype, like.device
        if key not in self.cache:
            self.cache[key] = draw(like, generator(0, "fixed", draw.__name__, device=like.device))
        return self.cache[key]


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
