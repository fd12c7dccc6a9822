"""Autoencoders made of two given functions, so that their metrics are known."""

import torch
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Plain


class Function(nn.Module):
    """A function of rows (B, …) as encoder or decoder."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, rows: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self.function(rows)


def autoencoder(encode, decode, shape: tuple[int, int, int] = (1, 28, 28)) -> Autoencoder:
    """`encode` maps rows (B, C·H·W) to codes (B, k), `decode` maps them back."""
    return Autoencoder(Function(encode), Plain(), Function(decode), shape, "linear").eval()
