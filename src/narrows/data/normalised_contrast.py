"""Global contrast normalisation of images, as Ruff et al. 2018 (Deep one-class classification) preprocess theirs."""

from typing import assert_never

import torch
from torch import Tensor

from narrows.config.scales import Contrast


def normalised(images: Tensor, contrast: Contrast) -> Tensor:
    """Each image (N, C, H, W), bytes or floats, less its mean and over its contrast; float32, computed in float64.

    `l1`: the contrast is the mean absolute deviation, over all channels and pixels. An affine change of brightness
    changes nothing. An image without contrast becomes 0. `none`: the images unchanged.
    """
    match contrast:
        case "none":
            return images
        case "l1":
            numbers, axes = images.double(), (1, 2, 3)
            centred = numbers - numbers.mean(axes, keepdim=True)
            deviation = centred.abs().mean(axes, keepdim=True)
            return (centred / deviation.where(deviation > 0, torch.ones_like(deviation))).float()
        case _:
            assert_never(contrast)
