"""What was minimised, on other images."""

import torch
from torch import Tensor

from narrows.data.batches import WHOLE
from narrows.data.sources import as_floats
from narrows.models.autoencoder import Autoencoder
from narrows.objective.objective import Objective


@torch.no_grad()
def loss(autoencoder: Autoencoder, objective: Objective, epoch: int, pixels: Tensor) -> float:
    """The objective on uint8 images (N, C, H, W) without noise, mean over images, as it stands in `epoch` (from 0)."""
    autoencoder.eval()
    losses = [
        objective(autoencoder, autoencoder(images), images, epoch) for images in map(as_floats, pixels.split(WHOLE))
    ]
    return torch.cat(losses).double().mean().item()
