"""What a run looks like: test images above their reconstructions."""

import torch
from torch import Tensor
from torchvision.utils import make_grid

from narrows.models.autoencoder import Autoencoder

COUNT = 16  # images, in rows of eight: as wide as a card of TensorBoard shows without shrinking it
ROW = 8
SCALE = 3  # screen pixels for an image pixel: 28 are too few to see


@torch.no_grad()
def reconstructions(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Images (B, C, H, W), each row of them above its reconstructions: one picture (3, height, width) in [0, 1]."""
    rebuilt = autoencoder.reconstruct(images).clamp(0, 1)
    rows = [row for pair in zip(images.split(ROW), rebuilt.split(ROW), strict=True) for row in pair]
    return tiles(torch.cat(rows), ROW, SCALE)


def tiles(images: Tensor, columns: int, scale: int) -> Tensor:
    """Images (N, C, H, W) in [0, 1] in rows of `columns`, each pixel `scale` wide: a picture (3, height, width)."""
    enlarged = images.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    picture: Tensor = make_grid(enlarged, nrow=columns, padding=scale, pad_value=0.5)
    return picture
