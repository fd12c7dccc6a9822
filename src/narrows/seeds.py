"""Named random generators, all from a run's one seed, so that drawing from one never moves another."""

import hashlib

import torch


def generator(seed: int, *purpose: str | int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator for one purpose: `generator(0, "weights")`, `generator(0, "order", epoch)`.

    The same arguments give the same numbers; any other seed or purpose gives numbers unrelated to them.
    """
    digest = hashlib.sha256("/".join(map(str, (seed, *purpose))).encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8]) >> 1)
