"""Whether images of no kind that was trained on come back as well: copying would bring back anything."""

from collections.abc import Callable

import torch
from torch import Tensor

from narrows.data.sources import Images, load
from narrows.evaluation.reconstruction import squared_errors
from narrows.evaluation.support.shared import codes, linear_errors, pca
from narrows.models.autoencoder import Autoencoder
from narrows.paths import data_root
from narrows.seeds import generator

MOST = 1000  # test images that foreign ones are made of: their errors vary little


def _inverted(pixels: Tensor) -> Tensor:
    return 255 - pixels


def _shuffled(pixels: Tensor) -> Tensor:
    """The same permutation of its pixels for every image."""
    order = torch.randperm(pixels[0].numel(), generator=generator(0, "shuffled"))
    return pixels.flatten(1)[:, order].reshape(pixels.shape)


def _noise(pixels: Tensor) -> Tensor:
    """Each pixel drawn from those of all images: noise with the right brightness and nothing else."""
    drawn = torch.randint(pixels.numel(), pixels.shape, generator=generator(0, "foreign noise"))
    return pixels.flatten()[drawn]


def _fashion(pixels: Tensor) -> Tensor:
    return load("fashion_mnist", data_root()).test.pixels[: len(pixels)]


FOREIGN: dict[str, Callable[[Tensor], Tensor]] = {
    "inverted": _inverted,
    "shuffled": _shuffled,
    "noise": _noise,
    "fashion": _fashion,
}


def copying(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Squared error of foreign images, mean over pixels in [0, 1], and PCA's with as many numbers beside each.

    mse_inverted, mse_shuffled, mse_noise  test images inverted, with their pixels in another order, and drawn pixels
    mse_fashion                            as many of Fashion-MNIST's test images
    mse_<kind>_pca                         of PCA fitted on the training images, not clipped

    An autoencoder that copies has low errors here, one that memorises high ones. Fashion-MNIST's files are looked for
    in NARROWS_DATA_DIR or `data/`; raises UserError where they cannot be had.
    """
    own = test.pixels[:MOST].cpu()
    linear, found = pca(train.pixels.cpu(), codes(autoencoder, test.pixels[:1]).shape[1]), {}
    for kind, foreign in FOREIGN.items():
        pixels = foreign(own)
        found[f"mse_{kind}"] = squared_errors(autoencoder, pixels.to(test.pixels.device)).mean().item()
        found[f"mse_{kind}_pca"] = float(linear_errors(linear, pixels).mean())
    return found
