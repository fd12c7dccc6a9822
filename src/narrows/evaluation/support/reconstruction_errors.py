"""Squared errors of reconstructed images."""

from collections.abc import Callable

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.models.autoencoder import Autoencoder


def squared_errors(
    autoencoder: Autoencoder, pixels: Tensor, corrupt: Callable[[Tensor], Tensor] = torch.positive
) -> Tensor:
    """Squared error of each image, mean over its pixels in [0, 1]: uint8 (N, C, H, W) to float64 (N,).

    `corrupt` changes the images that the encoder is given, not those that its reconstructions are compared with.
    """

    def errors_of(images: Tensor) -> Tensor:
        return (autoencoder.reconstruct(corrupt(images)) - images).square().flatten(1).mean(1).cpu().double()

    return in_batches(errors_of, pixels)


def errors(autoencoder: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """Reconstruction error of uint8 images (N, C, H, W), mean over images; of floats in their own units.

    mse   squared error, mean over pixels in [0, 1]
    sse   squared error, summed over the pixels of an image (Hinton & Salakhutdinov 2006)
    psnr  10 log10(1 / mse of the image), in dB; only for pixels, which have a greatest value
    """
    of_each = squared_errors(autoencoder.eval(), pixels)
    mean = of_each.mean().item()
    psnr = {} if pixels.is_floating_point() else {"psnr": -10 * of_each.log10().mean().item()}
    return {"mse": mean, "sse": mean * pixels[0].numel()} | psnr
