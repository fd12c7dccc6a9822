"""Denoising methods that need no autoencoder: images (B, C, H, W) with noise to images of the same shape."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from torch import Tensor

from narrows.evaluation.baselines.pca import pca_of, projected


def pca_projection(train: Tensor, components: int, noisy: Tensor) -> Tensor:
    """Projection on the first principal components of `train`, uint8 (N, C, H, W)."""
    return torch.from_numpy(projected(pca_of(train, components), noisy)).float().view_as(noisy)


def median(noisy: Tensor) -> Tensor:
    """The median of the 3 × 3 pixels around each pixel."""
    return torch.from_numpy(median_filter(noisy.numpy(), size=(1, 1, 3, 3)))


def non_local_means(noisy: Tensor, clean: Tensor) -> Tensor:
    """Averages of similar 5 × 5 patches within 13 × 13 pixels (Buades et al. 2005), given the true noise level.

    The noise level of each image is the root mean square of its difference from the clean image.
    """
    levels = (noisy - clean).square().flatten(1).mean(1).sqrt().tolist()
    images = [_non_local_means(image, level) for image, level in zip(noisy.numpy(), levels, strict=True)]
    return torch.from_numpy(np.stack(images)).float()


def _non_local_means(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """An image (C, H, W) by scikit-image, with the cut-off that it recommends for a known noise level."""
    from skimage.restoration import denoise_nl_means  # of the extra `claims`

    channels_last = np.moveaxis(image, 0, -1)
    filtered = denoise_nl_means(
        channels_last, patch_size=5, patch_distance=6, h=0.8 * sigma, sigma=sigma, fast_mode=True, channel_axis=-1
    )
    return np.moveaxis(filtered.reshape(channels_last.shape), -1, 0)
