"""What a run looks like: test images above their reconstructions."""

import torch
from torch import Tensor
from torchvision.utils import make_grid

from narrows.models.autoencoder import Autoencoder

COUNT = 16  # images, in rows of eight: as wide as a card of TensorBoard shows without shrinking it
ROW = 8
SCALE = 3  # screen pixels for an image pixel: 28 are too few to see


STRIP = 8  # pixels that a vector's numbers are tall in a picture
WIDTH = 100  # pixels that a vector is wide at least


@torch.no_grad()
def reconstructions(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Images (B, C, H, W), each row of them above its reconstructions: one picture (3, height, width) in [0, 1].

    Numbers beyond [0, 1] are shown from the least of the images, black, to the greatest. Vectors (H is 1) are strips,
    each above its reconstruction.
    """
    low, high = images.amin().clamp(max=0), images.amax().clamp(min=1)
    pair = [((part - low) / (high - low)).clamp(0, 1) for part in (images, autoencoder.reconstruct(images))]
    if images.shape[2] == 1:
        return strips(*pair)
    rows = [row for two in zip(*(part.split(ROW) for part in pair), strict=True) for row in two]
    return tiles(torch.cat(rows), ROW, SCALE)


def strips(images: Tensor, rebuilt: Tensor) -> Tensor:
    """Vectors or windows (B, C, 1, W) in [0, 1], each above what came of it, a row for each channel: a picture."""
    stacked = torch.stack([images, rebuilt], 1).flatten(0, 1).transpose(1, 2)  # (2B, 1, C, W)
    wide = -(-WIDTH // stacked.shape[3])
    return tiles(stacked.repeat_interleave(STRIP, 2).repeat_interleave(wide, 3), 1, SCALE)


def tiles(images: Tensor, columns: int, scale: int) -> Tensor:
    """Images (N, C, H, W) in [0, 1] in rows of `columns`, each pixel `scale` wide: a picture (3, height, width).

    Other channels than one or three are shown as their mean.
    """
    shown = images if images.shape[1] in (1, 3) else images.mean(1, keepdim=True)
    enlarged = shown.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    picture: Tensor = make_grid(enlarged, nrow=columns, padding=scale, pad_value=0.5)
    return picture
