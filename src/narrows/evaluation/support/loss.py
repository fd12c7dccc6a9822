"""The training objective on other images."""

from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.models.autoencoder import Autoencoder
from narrows.objective.objective import Objective


def loss(autoencoder: Autoencoder, objective: Objective, epoch: int, pixels: Tensor) -> float:
    """The objective of uint8 images (N, C, H, W) without noise, mean over images, with its weights in `epoch` (from 0).

    Leaves the autoencoder in evaluation mode.
    """
    autoencoder.eval()
    losses = in_batches(lambda images: objective(autoencoder, autoencoder(images), images, epoch), pixels)
    return losses.double().mean().item()
