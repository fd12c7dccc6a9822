"""Pictures of decoded codes: drawn from the prior, along single numbers of the code, between images, on a grid."""

import torch
from torch import Tensor

from narrows.board.pictures.image_rows import SIZE, tiles
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import variational
from narrows.models.conditional import Conditional
from narrows.seeds import generator

COLUMNS = 10  # images in a row
MANIFOLD = 12  # images a side
REACH = 2.0  # standard deviations to either side in a traversal
TRAVERSED = 8  # numbers of the code, a row each: more do not fit a screen
SPREAD = (0.02, 0.98)  # quantiles of the test codes at the edges of the manifold


@torch.no_grad()
def samples(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Four rows of images decoded from codes of the prior, the same in every call: (3, height, width).

    `images` (B, C, H, W) give the code's width and the device.
    """
    like = torch.zeros(4 * COLUMNS, autoencoder.encode(images).shape[1]).to(images)
    noise = generator(0, "prior", device=images.device)
    codes = variational(autoencoder.code).prior_sample(like, noise, autoencoder.encoder)
    return _grid(autoencoder.decode(codes))


@torch.no_grad()
def of_classes(autoencoder: Conditional, codes: Tensor) -> Tensor:
    """Ten random codes decoded as each of the first ten classes, a row for each: a picture (3, height, width).

    The codes are drawn, the same in every call, from a normal distribution with the means and standard deviations of
    the numbers of `codes` (N, k).
    """
    numbers = torch.randn(COLUMNS, codes.shape[1], generator=generator(0, "classes")).to(codes)
    drawn = codes.mean(0) + codes.std(0, correction=int(len(codes) > 1)) * numbers
    return _grid(torch.cat([autoencoder.of_class(drawn, label) for label in range(min(COLUMNS, autoencoder.classes))]))


@torch.no_grad()
def traversals(autoencoder: Autoencoder, images: Tensor, codes: Tensor) -> Tensor:
    """The first image's code with one number moved over the mean ± 2 standard deviations, a row for each number.

    Images (B, C, H, W), and codes (N, k) for means and standard deviations, to a picture (3, height, width). Shows at
    most the eight numbers that vary most (Higgins et al. 2017, figure 1).
    """
    code, deviations = autoencoder.encode(images[:1]), codes.std(0, correction=int(len(codes) > 1))
    units = deviations.argsort(descending=True)[:TRAVERSED].sort().values.tolist()
    moved = code.repeat(len(units), COLUMNS, 1)
    for row, unit in enumerate(units):
        reach = REACH * float(deviations[unit])
        centre = float(codes[:, unit].mean())
        moved[row, :, unit] = torch.linspace(centre - reach, centre + reach, COLUMNS, device=code.device)
    return _grid(autoencoder.decode(moved.flatten(0, 1)))


@torch.no_grad()
def interpolations(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Straight lines in code space from each of the first four images to the next: a picture (3, height, width).

    A single image is repeated.
    """
    codes = autoencoder.encode(images[:5] if len(images) > 1 else images.expand(2, -1, -1, -1))
    steps = torch.linspace(0, 1, COLUMNS, device=codes.device).view(1, -1, 1)
    between = codes[:-1, None].lerp(codes[1:, None], steps.to(codes.dtype))
    return _grid(autoencoder.decode(between.flatten(0, 1)))


@torch.no_grad()
def manifold(autoencoder: Autoencoder, codes: Tensor) -> Tensor:
    """Decoded images over a grid that spans most of the codes (N, 2), the second number upwards: (3, height, width).

    Kingma & Welling 2014, figure 4, with quantiles of the codes instead of the prior's.
    """
    quantiles = torch.tensor(SPREAD, device=codes.device, dtype=codes.dtype)
    (left, bottom), (right, top) = codes.quantile(quantiles, dim=0).tolist()
    across = torch.linspace(left, right, MANIFOLD, device=codes.device, dtype=codes.dtype)
    up = torch.linspace(top, bottom, MANIFOLD, device=codes.device, dtype=codes.dtype)
    grid = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1)
    return tiles(autoencoder.decode(grid.flatten(0, 1)).clamp(0, 1), MANIFOLD, SIZE // 2)


def _grid(images: Tensor) -> Tensor:
    return tiles(images.clamp(0, 1), COLUMNS)
