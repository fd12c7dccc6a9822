"""What a variational autoencoder generates: from its prior, along its code, between images."""

import torch
from torch import Tensor

from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Variational
from narrows.seeds import generator
from narrows.training.pictures import tiles

COLUMNS = 16
SCALE = 2  # screen pixels for an image pixel: sixteen in a row leave no room for more
REACH = 2.0  # standard deviations of the prior that a traversal goes to either side
TRAVERSED = 8  # numbers of the code that are traversed: the rest would be off the screen


def generated(autoencoder: Autoencoder, images: Tensor) -> dict[str, Tensor]:
    """Pictures (3, height, width) in [0, 1] by their titles, from test images (B, C, H, W).

    None where no prior is, and none of vectors (H is 1), which do not tell anything side by side.
    """
    if not isinstance(autoencoder.code, Variational) or images.shape[2] == 1:
        return {}
    return {
        "prior": samples(autoencoder, images),
        "traversals": traversals(autoencoder, images),
        "interpolations": interpolations(autoencoder, images),
    }


@torch.no_grad()
def samples(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Four rows of images from codes drawn from the prior, always the same codes: a picture (3, height, width)."""
    width = autoencoder.encode(images).shape[1]
    codes = torch.randn(4 * COLUMNS, width, generator=generator(0, "prior"))
    return _grid(autoencoder.decode(codes.to(images)))


@torch.no_grad()
def traversals(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """The first image's code with one number moved from -2 to 2, a row for each of the first eight numbers.

    Images (B, C, H, W) to a picture (3, height, width). In the code's own units: for a variational code the prior's
    standard deviations (Higgins et al. 2017, figure 1).
    """
    code = autoencoder.encode(images[:1])
    rows = min(TRAVERSED, code.shape[1])
    codes = code.repeat(rows, COLUMNS, 1)
    for row in range(rows):
        codes[row, :, row] = torch.linspace(-REACH, REACH, COLUMNS, device=code.device)
    return _grid(autoencoder.decode(codes.flatten(0, 1)))


@torch.no_grad()
def interpolations(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Straight lines through the code from each of the first four images to the next: a picture (3, height, width)."""
    codes = autoencoder.encode(images[:5])
    steps = torch.linspace(0, 1, COLUMNS, device=codes.device).view(1, -1, 1)
    between = codes[:-1, None].lerp(codes[1:, None], steps.to(codes.dtype))
    return _grid(autoencoder.decode(between.flatten(0, 1)))


def _grid(images: Tensor) -> Tensor:
    return tiles(images.clamp(0, 1), COLUMNS, SCALE)
