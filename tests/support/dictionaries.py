"""Dictionaries whose units and firing are known, on generated samples."""

import torch
from torch import Tensor

from narrows.data.sources import Images
from narrows.data.truth import Truth
from narrows.models.autoencoder import Autoencoder
from support.functions import autoencoder


def samples(coefficients: Tensor, features: Tensor, parents: list[int] | None = None) -> Images:
    """Samples of these features (F, D) with these coefficients (N, F)."""
    truth = Truth(features, coefficients, torch.tensor(parents or [-1] * len(features)))
    pixels = (coefficients @ features).view(len(coefficients), 1, 1, -1)
    return Images(pixels, torch.zeros(len(pixels), dtype=torch.int64), truth=truth)


def dictionary(codes: Tensor, units: Tensor, images: Images) -> Autoencoder:
    """The autoencoder that gives these codes (N, k) for the images (N, 1, 1, D), and decodes by the rows of `units`."""
    rows = images.pixels.flatten(1)

    def encode(given: Tensor) -> Tensor:
        return codes[torch.cdist(given, rows).argmin(1)]

    return autoencoder(encode, lambda code: code @ units, (1, 1, rows.shape[1]))
