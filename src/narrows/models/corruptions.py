"""The third slot: noise on the input while training. The target stays clean."""

import torch
from torch import Generator, Tensor, nn


class Clean(nn.Module):
    """No corruption: images (B, C, H, W) pass unchanged."""

    def forward(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        return images


class Masking(nn.Module):
    """Each pixel of images (B, C, H, W) is set to 0 with probability `level` (Vincent et al. 2008)."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        return images * (_uniform(images, generator) >= self.level)


class Gaussian(nn.Module):
    """Noise of standard deviation `level` on each pixel, in units of [0, 1]; not clipped (Vincent et al. 2010)."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        noise = torch.randn(images.shape, generator=generator, device=images.device, dtype=images.dtype)
        return images + self.level * noise


class SaltPepper(nn.Module):
    """Each pixel becomes 0 or 1, by a fair coin, with probability `level` (Vincent et al. 2010, section 3.3)."""

    def __init__(self, level: float) -> None:
        super().__init__()
        self.level = level

    def forward(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        drawn = _uniform(images, generator)
        salted = images.masked_fill(drawn < self.level / 2, 0.0)
        return salted.masked_fill((drawn >= self.level / 2) & (drawn < self.level), 1.0)


def _uniform(images: Tensor, generator: Generator | None) -> Tensor:
    return torch.rand(images.shape, generator=generator, device=images.device)
