"""Images unlike those that the autoencoder was trained on."""

from collections.abc import Callable

import torch
from torch import Tensor

from narrows.data.sources import load
from narrows.evaluation.support.subsets import random_subset
from narrows.paths import data_root
from narrows.seeds import generator


def _inverted(pixels: Tensor) -> Tensor:
    return 255 - pixels


def _shuffled(pixels: Tensor) -> Tensor:
    """The pixels of every image in the same random order."""
    order = torch.randperm(pixels[0].numel(), generator=generator(0, "shuffled"))
    return pixels.flatten(1)[:, order].reshape(pixels.shape)


def _noise(pixels: Tensor) -> Tensor:
    """Each pixel drawn from those of all images: noise with the same histogram."""
    drawn = torch.randint(pixels.numel(), pixels.shape, generator=generator(0, "foreign noise"))
    return pixels.flatten()[drawn]


def _fashion(pixels: Tensor) -> Tensor:
    """As many of Fashion-MNIST's test images. Raises UserError if they cannot be read or fetched."""
    return random_subset(load("fashion_mnist", data_root()).test.pixels, len(pixels))


#: From uint8 test images (N, C, H, W), on the CPU, to as many images of another kind.
FOREIGN: dict[str, Callable[[Tensor], Tensor]] = {
    "inverted": _inverted,
    "shuffled": _shuffled,
    "noise": _noise,
    "fashion": _fashion,
}
