"""Named random generators, all derived from the seed of a run, so that drawing from one never changes another."""

import hashlib
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Generator, Tensor


def generator(seed: int, *purpose: str | int, device: torch.device | str = "cpu") -> Generator:
    """A generator for one purpose: `generator(0, "weights")`, `generator(0, "order", epoch)`.

    The same arguments give the same numbers; any other seed or purpose gives numbers unrelated to them.
    """
    digest = hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).digest()
    return Generator(device).manual_seed(int.from_bytes(digest[:8]) >> 1)


class Source(Protocol):
    """A source of noise other than a generator: a fleet draws the noise of all members before a training step.

    `of_code` is true if the last dimension is the code, whose size may differ between members.
    """

    def uniform(self, like: Tensor, of_code: bool) -> Tensor: ...

    def normal(self, like: Tensor, of_code: bool) -> Tensor: ...


Noise = Generator | Source


class FixedNoise:
    """A source that returns the same numbers for the same shape, type and device."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, ...], Tensor] = {}

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return self._kept(uniform, like)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return self._kept(normal, like)

    def _kept(self, draw: Callable[[Tensor, Noise], Tensor], like: Tensor) -> Tensor:
        key = draw, like.shape, like.dtype, like.device
        if key not in self.known:
            self.known[key] = draw(like, generator(0, "fixed", draw.__name__, device=like.device))
        return self.known[key]


def uniform(like: Tensor, noise: Noise | None, of_code: bool = False) -> Tensor:
    """Independent uniform numbers in [0, 1) of the shape of `like`; `noise` None draws from torch's global generator.

    `of_code` is true if the last dimension is the code.
    """
    if noise is None or isinstance(noise, Generator):
        return torch.rand(like.shape, generator=noise, device=like.device)
    return noise.uniform(like, of_code)


def normal(like: Tensor, noise: Noise | None, of_code: bool = False) -> Tensor:
    """Independent standard normal numbers of the shape and type of `like`; see `uniform`."""
    if noise is None or isinstance(noise, Generator):
        return torch.randn(like.shape, generator=noise, device=like.device, dtype=like.dtype)
    return noise.normal(like, of_code)
