"""The training objective on other images."""

from torch import Tensor

from narrows.data.batches import images_of_pass
from narrows.data.in_batches import in_batches
from narrows.models.autoencoder import Autoencoder
from narrows.objective.held_out import HeldOut


def loss(autoencoder: Autoencoder, held_out: HeldOut, epoch: int, pixels: Tensor) -> float:
    """The loss of uint8 images (N, C, H, W), mean over images, as that of validation images after `epoch` (from 0).

    Leaves the autoencoder in evaluation mode.
    """
    autoencoder.eval()
    size = images_of_pass(held_out.codes)
    losses = in_batches(lambda images: held_out(autoencoder, images, epoch)[0], pixels, size)
    return losses.double().mean().item()
