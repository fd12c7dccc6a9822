"""The pictures of a run: each with its tag, its description and the function that draws it."""

from typing import NamedTuple

import torch
from torch import Tensor

from narrows.board.pictures.generated import interpolations, manifold, of_classes, samples, traversals
from narrows.board.pictures.image_rows import COUNT, denoised, first_layer, reconstructions, with_errors
from narrows.board.pictures.scatter import scatter
from narrows.data.sources import Images, as_floats
from narrows.models.autoencoder import Autoencoder
from narrows.models.conditional import Conditional
from narrows.models.traits import Corruption
from narrows.seeds import generator

DIGITS, LOSSES = "reconstruction/test_images", "loss/training_and_validation"

#: The description of each picture, shown beside it.
DESCRIPTIONS = {
    DIGITS: "The first test images, each row above its reconstructions.",
    LOSSES: "The objective after each epoch: its mean over the epoch's training steps, and over the validation images.",
    "reconstruction/worst": "The test images with the largest errors, above their reconstructions; below, the squared "
    "error × 10⁻³, mean over the pixels.",
    "reconstruction/corrupted": "Test images, the same corrupted, and their reconstructions from the corrupted ones.",
    "code/manifold": "Decoded images over a grid of codes: the first number increases to the right, the second "
    "upwards, over the middle 96% of the test codes.",
    "code/labels": "The codes of test images, two numbers each, coloured by label.",
    "code/traversals": "One test image with one number of its code moved from 2 standard deviations below the mean "
    "to 2 above; a row for each number, at most the eight that vary most.",
    "code/interpolations": "Straight lines in code space between the test images at the ends of each row.",
    "code/classes": "Random codes with the means and deviations of the test images' codes, decoded as every class: a "
    "row for each class, at most ten.",
    "code/prior": "Decoded images of codes drawn from the prior.",
    "weights/first_layer": "The weights into the first units: grey is 0, white positive, black negative, "
    "each unit scaled by its largest weight.",
}


class Examples(NamedTuple):
    """Test images with their codes and errors.

    Images (N, C, H, W) in [0, 1], labels (N,), codes (N, k), squared errors (N,).
    """

    images: Tensor
    labels: Tensor
    codes: Tensor
    errors: Tensor


@torch.no_grad()
def examples(autoencoder: Autoencoder, test: Images) -> Examples:
    """These test images in one forward pass."""
    images = as_floats(test.pixels).to(next(autoencoder.parameters()))
    codes = autoencoder.encode(images)
    rebuilt = autoencoder.decode(autoencoder.decoder_input(codes, images))
    errors = (rebuilt - autoencoder.target(images)).square().flatten(1).mean(1)
    return Examples(images, test.labels.cpu(), codes, errors)


def worst_examples(autoencoder: Autoencoder, test: Images, errors: Tensor) -> Examples:
    """The test images with the largest of the `errors` (N,), the largest first."""
    largest = errors.topk(min(COUNT, len(test))).indices
    return examples(autoencoder, test[largest.to(test.pixels.device)])


def early_pictures(autoencoder: Autoencoder, test: Images) -> dict[str, Tensor]:
    """The pictures that are drawn while the autoencoder trains."""
    return {DIGITS: reconstructions(autoencoder, examples(autoencoder, test[:COUNT]).images)}


def final_pictures(
    autoencoder: Autoencoder, corruption: Corruption, first: Examples, worst: Examples
) -> dict[str, Tensor]:
    """All pictures (3, height, width) of a trained autoencoder by their tags: of the first and of the worst images."""
    digits = first.images[:COUNT]
    pictures = {
        DIGITS: reconstructions(autoencoder, digits),
        "reconstruction/worst": with_errors(autoencoder, worst.images, worst.errors),
        "weights/first_layer": first_layer(autoencoder),
    }
    if corruption.changes:
        noise = generator(0, "picture", device=digits.device)
        pictures["reconstruction/corrupted"] = denoised(autoencoder, digits, corruption(digits, noise))
    if isinstance(autoencoder, Conditional):  # the others decode codes without labels
        return pictures | {"code/classes": of_classes(autoencoder, first.codes)}
    pictures["code/interpolations"] = interpolations(autoencoder, digits)
    if autoencoder.code.has_prior:
        pictures["code/prior"] = samples(autoencoder, digits)
    return pictures | _code_pictures(autoencoder, first)


def _code_pictures(autoencoder: Autoencoder, shown: Examples) -> dict[str, Tensor]:
    """A map of the codes if they have two numbers, else a row of images for each number."""
    if shown.codes.shape[1] == 2:
        return {"code/manifold": manifold(autoencoder, shown.codes), "code/labels": scatter(shown.codes, shown.labels)}
    return {"code/traversals": traversals(autoencoder, shown.images, shown.codes)}
