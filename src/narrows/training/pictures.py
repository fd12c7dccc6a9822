"""What a run looks like: test images above their reconstructions."""

import torch
from torch import Tensor
from torchvision.utils import make_grid

from narrows.models.autoencoder import Autoencoder

COUNT = 16
SCALE = 2  # screen pixels for an image pixel: 28 are too few to see


@torch.no_grad()
def reconstructions(autoencoder: Autoencoder, images: Tensor) -> Tensor:
    """Images (B, C, H, W) above their reconstructions, as one picture (3, height, width) in [0, 1]."""
    rebuilt = autoencoder.reconstruct(images).clamp(0, 1)
    pairs = torch.cat([images, rebuilt]).repeat_interleave(SCALE, 2).repeat_interleave(SCALE, 3)
    picture: Tensor = make_grid(pairs, nrow=len(images), padding=SCALE, pad_value=0.5)
    return picture
