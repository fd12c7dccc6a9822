"""Derivative of the decoder."""

import torch
from torch import Tensor

from narrows.models.autoencoder import Autoencoder


def decoder_jacobian(autoencoder: Autoencoder, codes: Tensor) -> Tensor:
    """Derivative of each image's pixels by its code: (B, k) to (B, C·H·W, k), one forward pass for each column."""
    directions = torch.eye(codes.shape[1], device=codes.device, dtype=codes.dtype)
    columns = [
        torch.func.jvp(autoencoder.decode, (codes,), (direction.expand_as(codes),))[1] for direction in directions
    ]
    return torch.stack(columns, -1).flatten(1, -2)
