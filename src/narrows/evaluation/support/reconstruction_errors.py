"""Squared errors of reconstructed images."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder

NONE = torch.empty(0, dtype=torch.float64)  # errors of a split without images


def squared_errors(
    autoencoder: Autoencoder, pixels: Tensor, corrupt: Callable[[Tensor], Tensor] = torch.positive
) -> Tensor:
    """Squared error of each image, mean over its pixels in [0, 1]: uint8 (N, C, H, W) to float64 (N,).

    `corrupt` changes the images that the encoder is given, not those that its reconstructions are compared with.
    """

    def errors_of(images: Tensor) -> Tensor:
        difference = autoencoder.reconstruct(corrupt(images)) - autoencoder.target(images)
        return difference.square().flatten(1).mean(1).cpu().double()

    return in_batches(errors_of, pixels)


class SplitErrors(NamedTuple):
    """The squared error of each image of each split, mean over its pixels: float64 (N,), on the CPU."""

    train: Tensor
    val: Tensor
    test: Tensor


def split_errors(autoencoder: Autoencoder, splits: Splits) -> SplitErrors:
    """The errors of all images; leaves the autoencoder in evaluation mode."""
    autoencoder.eval()
    return SplitErrors(*(squared_errors(autoencoder, images.pixels) if len(images) else NONE for images in splits))


def errors(autoencoder: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """Reconstruction error of uint8 images (N, C, H, W), mean over images; of floats in their own units.

    See `mean_errors`.
    """
    return mean_errors(squared_errors(autoencoder.eval(), pixels), autoencoder.target(pixels))


def mean_errors(of_each: Tensor, pixels: Tensor) -> dict[str, float]:
    """The quantities of the squared errors `of_each` image (N,), mean over its pixels, of images (N, C, H, W).

    mse   squared error, mean over pixels in [0, 1]
    sse   squared error, summed over the pixels of an image (Hinton & Salakhutdinov 2006)
    psnr  10 log10(1 / mse of the image), in dB; only for pixels, which have a greatest value
    """
    mean = of_each.mean().item()
    psnr = {} if pixels.is_floating_point() else {"psnr": -10 * of_each.log10().mean().item()}
    return {"mse": mean, "sse": mean * pixels[0].numel()} | psnr
