"""Digits with factors, so that evaluations of disentanglement can be computed on them."""

from dataclasses import replace

import torch

from narrows.data.sources import Images


def with_factors(images: Images) -> Images:
    """The label's remainder by 2, and whether more than an eighth of the pixels are not black."""
    inked = (images.pixels.flatten(1) > 0).float().mean(1) > 0.125
    return replace(images, factors=torch.stack([images.labels % 2, inked.long()], 1))
