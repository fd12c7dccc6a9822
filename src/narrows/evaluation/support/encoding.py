"""The codes of images and the images of codes, as NumPy rows."""

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.evaluation.baselines.pixel_rows import Rows
from narrows.models.autoencoder import Autoencoder


def codes(autoencoder: Autoencoder, pixels: Tensor) -> Rows:
    """The code of each uint8 image: (N, C, H, W) to (N, k)."""
    return in_batches(lambda images: autoencoder.encode(images).cpu(), pixels).float().numpy()


def code_size(autoencoder: Autoencoder, pixels: Tensor) -> int:
    """How many numbers a code has, found by encoding the first of uint8 images (N, C, H, W)."""
    size: int = codes(autoencoder, pixels[:1]).shape[1]
    return size


def decoded(autoencoder: Autoencoder, code: Rows) -> Tensor:
    """The image of each code, clipped to [0, 1], on the CPU: (N, k) to (N, C, H, W)."""
    weights = next(autoencoder.parameters())
    images = in_batches(lambda batch: autoencoder.decode(batch.to(weights)).cpu(), torch.from_numpy(code))
    return images.clamp(0, 1)
