"""Measures of the code and of validation after each epoch of a run, the same alone and in a fleet."""

from functools import reduce

import torch
from torch import Tensor

from narrows.data.batches import images_of_pass
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.models.autoencoder import Autoencoder
from narrows.models.traits import Code

WATCHED = 1000  # images that are encoded after each epoch: 5 ms for the default model
ACTIVE = 0.01  # variance over images, in the units of the code, above which a unit counts as active


def watched(splits: Splits) -> Tensor:
    """The images that are encoded after each epoch, uint8 (N, C, H, W); training images if none are held out."""
    return (splits.val if len(splits.val) else splits.train).pixels[:WATCHED]


@torch.no_grad()
def codes(autoencoder: Autoencoder, pixels: Tensor) -> Tensor:
    """The codes (N, k) of uint8 images (N, C, H, W) in evaluation mode; the autoencoder keeps the mode it was in."""
    training = autoencoder.training
    encoded = autoencoder.eval().encode(as_floats(pixels).to(next(autoencoder.parameters())))
    autoencoder.train(training)
    return encoded


def active_units(codes: Tensor) -> Tensor:
    """The number of units of the codes (…, N, k) whose variance over the N images is above 0.01, (…).

    Burda et al. 2016, section 5.2. If the code is a distribution, `codes` are its means.
    """
    if codes.shape[-2] < 2:  # no variance
        return torch.zeros(codes.shape[:-2], dtype=torch.int64, device=codes.device)
    return (codes.var(-2) > ACTIVE).sum(-1)


def code_measures(code: Code, codes: Tensor, width: int | Tensor) -> dict[str, Tensor]:
    """The curves of the codes (…, N, k) of N watched images, (…): `active_units`, and for sparse codes two more.

    l0            how many units are active in an image, mean over images
    silent_units  how many units are active in none of the images
    `width` is the number of units, (M,) for stacked members whose codes are padded with 0.
    """
    measures = {"active_units": active_units(codes)}
    if code.watches:
        active = codes != 0
        measures["l0"] = active.sum((-2, -1)) / codes.shape[-2]
        measures["silent_units"] = width - active.any(-2).sum(-1)
    return measures


def unit_frequencies(codes: Tensor) -> Tensor:
    """The share of the images in which each unit is active, codes (N, k) to (k,)."""
    return (codes != 0).float().mean(0)


def mean_losses(losses: Tensor, codes: int = 1) -> Tensor:
    """The mean over N validation images of each of M members' losses, of so many codes of each image: (M, N) to (M,).

    Summed in the same batches as in a run that trains alone, so that rounding is the same: the last digit may decide
    which epoch is the best.
    """
    total: Tensor = reduce(torch.add, [part.sum(1) for part in losses.split(images_of_pass(codes), 1)])
    return total.double() / losses.shape[1]
