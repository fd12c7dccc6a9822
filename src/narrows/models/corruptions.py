"""The third slot: noise on the input while training. The target stays clean."""

from torch import Generator, Tensor, nn


class Clean(nn.Module):
    """No corruption: images (B, C, H, W) pass unchanged."""

    def forward(self, images: Tensor, generator: Generator | None = None) -> Tensor:
        return images
