"""Named random generators, all from a run's one seed, so that drawing from one never moves another."""

import hashlib
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
    """Where noise comes from when not from a generator: a fleet of stacked members draws before the step."""

    def uniform(self, like: Tensor) -> Tensor: ...

    def normal(self, like: Tensor) -> Tensor: ...


Noise = Generator | Source


def uniform(like: Tensor, noise: Noise | None) -> Tensor:
    """Numbers in [0, 1), independent, of the shape of `like`; without a generator from torch's global one."""
    if noise is None or isinstance(noise, Generator):
        return torch.rand(like.shape, generator=noise, device=like.device)
    return noise.uniform(like)


def normal(like: Tensor, noise: Noise | None) -> Tensor:
    """Standard normal numbers, independent, of the shape and type of `like`; see `uniform`."""
    if noise is None or isinstance(noise, Generator):
        return torch.randn(like.shape, generator=noise, device=like.device, dtype=like.dtype)
    return noise.normal(like)
