"""How well images come back through the code."""

from collections.abc import Callable

import torch
from torch import Tensor

from narrows.data.sources import Images, as_floats
from narrows.models.autoencoder import Autoencoder

AT_ONCE = 1000  # images per forward pass: 3 MB of floats


@torch.no_grad()
def squared_errors(
    autoencoder: Autoencoder, pixels: Tensor, corrupt: Callable[[Tensor], Tensor] = torch.positive
) -> Tensor:
    """Squared error of each image, mean over its pixels in [0, 1]: uint8 (N, C, H, W) to float64 (N,).

    `corrupt` changes what the encoder is shown, not what its reconstruction is compared with.
    """
    errors = [
        (autoencoder.reconstruct(corrupt(images)) - images).square().flatten(1).mean(1).cpu().double()
        for images in map(as_floats, pixels.split(AT_ONCE))
    ]
    return torch.cat(errors)


def reconstruction(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The `errors` of the test images."""
    return errors(autoencoder, test.pixels)


def errors(autoencoder: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """Reconstruction error of uint8 images (N, C, H, W), mean over images; of float ones in the units that they are in.

    mse   squared error, mean over pixels in [0, 1]
    sse   squared error, summed over the pixels of an image (Hinton & Salakhutdinov 2006)
    psnr  10 log10(1 / mse of the image), in dB; not of floats, which have no greatest value
    """
    found = squared_errors(autoencoder.eval(), pixels)
    mean = found.mean().item()
    psnr = {} if pixels.is_floating_point() else {"psnr": -10 * found.log10().mean().item()}
    return {"mse": mean, "sse": mean * pixels[0].numel()} | psnr
