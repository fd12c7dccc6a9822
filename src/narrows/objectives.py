"""The fourth slot: what is minimised. Every term is per image; `_step` takes the one mean."""

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Reconstruction

Objective = Callable[[Reconstruction, Tensor], Tensor]


def mse(output: Reconstruction, images: Tensor) -> Tensor:
    """Squared error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
    return (output.images - images).square().flatten(1).mean(1)


def l1(output: Reconstruction, images: Tensor) -> Tensor:
    """Absolute error, mean over pixels: images (B, C, H, W) in [0, 1] to (B,)."""
    return (output.images - images).abs().flatten(1).mean(1)


def bce(output: Reconstruction, images: Tensor) -> Tensor:
    """Cross-entropy in nats, mean over pixels, from the scores as logits: images (B, C, H, W) in [0, 1] to (B,).

    Grey targets leave a floor above 0: for MNIST's test images 45.5 nats an image, 0.058 a pixel.
    """
    return F.binary_cross_entropy_with_logits(output.scores, images, reduction="none").flatten(1).mean(1)


OBJECTIVES: dict[str, Objective] = {"mse": mse, "bce": bce, "l1": l1}
