"""Which pictures a run has: each with its tag, its sentence and what draws it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from narrows.board.generated import interpolations, manifold, samples, traversals
from narrows.board.image_rows import COUNT, first_layer, reconstructions, repaired, with_errors
from narrows.board.scatter import scatter
from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Variational
from narrows.models.corruptions import Clean
from narrows.seeds import generator

DIGITS = "reconstruction/test_images"

#: What is seen on each picture.
SEEN = {
    DIGITS: "The first test images, each row above what comes back.",
    "reconstruction/worst": "The test images with the largest errors, above what comes back; below it the squared "
    "error × 10⁻³, mean over the pixels.",
    "reconstruction/corrupted": "Test images, what the corruption makes of them, and what is rebuilt from that.",
    "code/manifold": "The decoder over a grid of codes: the first number grows to the right, the second upwards, over "
    "the middle 96% of the test codes.",
    "code/labels": "Test images by the two numbers of their codes, coloured by label.",
    "code/traversals": "One test image with one number of its code moved from 2 standard deviations below the mean "
    "to 2 above, a row for each number, of more than eight for those that vary most.",
    "code/interpolations": "Straight lines through the code between test images, at the ends of each row.",
    "code/prior": "Images of codes that are drawn from the prior.",
    "weights/first_layer": "The weights into the first units: grey is 0, white positive, black negative, "
    "each unit by its largest.",
}


class Tested(NamedTuple):
    """Test images through the final weights: images (N, C, H, W) in [0, 1], codes (N, k), squared errors (N,)."""

    images: Tensor
    labels: Tensor
    codes: Tensor
    errors: Tensor


@torch.no_grad()
def passed(autoencoder: Autoencoder, test: Images) -> Tested:
    """These test images, all at once."""
    images = as_floats(test.pixels).to(next(autoencoder.parameters()))
    codes = autoencoder.encode(images)
    errors = (autoencoder.decode(codes) - images).square().flatten(1).mean(1)
    return Tested(images, test.labels.cpu(), codes, errors)


def worst(autoencoder: Autoencoder, test: Images) -> Tested:
    """Those of the test images with the largest errors, the worst first."""
    pixels = test.pixels.to(next(autoencoder.parameters()).device)
    hardest = squared_errors(autoencoder, pixels).topk(min(COUNT, len(test))).indices
    return passed(autoencoder, test[hardest.to(test.pixels.device)])


def early(autoencoder: Autoencoder, test: Images) -> dict[str, Tensor]:
    """What is drawn while it trains."""
    return {DIGITS: reconstructions(autoencoder, passed(autoencoder, test[:COUNT]).images)}


def final(autoencoder: Autoencoder, corruption: nn.Module, some: Tested, hardest: Tested) -> dict[str, Tensor]:
    """All pictures (3, height, width) of a trained autoencoder by their tags."""
    digits = some.images[:COUNT]
    found = {
        DIGITS: reconstructions(autoencoder, digits),
        "reconstruction/worst": with_errors(autoencoder, hardest.images, hardest.errors),
        "code/interpolations": interpolations(autoencoder, digits),
        "weights/first_layer": first_layer(autoencoder),
    }
    if not isinstance(corruption, Clean):
        noise = generator(0, "picture", device=digits.device)
        found["reconstruction/corrupted"] = repaired(autoencoder, digits, corruption(digits, noise))
    if some.codes.shape[1] == 2:
        found["code/manifold"] = manifold(autoencoder, some.codes)
        found["code/labels"] = scatter(some.codes, some.labels)
    else:
        found["code/traversals"] = traversals(autoencoder, digits, some.codes)
    if isinstance(autoencoder.code, Variational):
        found["code/prior"] = samples(autoencoder, digits)
    return found
