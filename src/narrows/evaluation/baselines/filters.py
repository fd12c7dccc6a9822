"""Denoising methods that need no autoencoder: images (B, C, H, W) with noise to images of the same shape.

Their parameters are chosen on training images with the same kind and level of noise, none of them on test images.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from torch import Tensor

from narrows.evaluation.baselines.pca import pca_of, projected
from narrows.evaluation.support.image_quality import quality

Filter = Callable[[Tensor], Tensor]

MEDIANS = (3, 5, 7)  # pixels at each side of the window
CUT_OFFS = (0.6, 0.8, 1.0, 1.2)  # of non-local means, over the deviation of the noise
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # of least squares, over the mean variance of a pixel
HELD_OUT = 0.1  # the share of the training images that the penalty is chosen on


def pca_projection(train: Tensor, components: int, noisy: Tensor) -> Tensor:
    """Projection on the first principal components of `train`, uint8 (N, C, H, W)."""
    return torch.from_numpy(projected(pca_of(train, components), noisy)).float().view_as(noisy)


def chosen(filters: Iterable[Filter], noisy: Tensor, clean: Tensor) -> Filter:
    """The filter with the highest mean PSNR of `noisy` images against the clean ones."""
    return max(filters, key=lambda filter_: quality(filter_(noisy), clean)["psnr"])


def medians() -> list[Filter]:
    """The median of 3 × 3, 5 × 5 and 7 × 7 pixels around each pixel."""
    return [partial(_median, size) for size in MEDIANS]


def _median(size: int, noisy: Tensor) -> Tensor:
    return torch.from_numpy(median_filter(noisy.numpy(), (1, 1, size, size)))


def non_local_means(noisy: Tensor, clean: Tensor) -> list[Filter]:
    """Averages of similar 5 × 5 patches within 13 × 13 pixels (Buades et al. 2005), with several cut-offs.

    The deviation of the noise is that of these images.
    """
    sigma = float((noisy - clean).square().mean().sqrt())
    return [partial(_non_local_means, sigma, cut_off * sigma) for cut_off in CUT_OFFS]


def _non_local_means(sigma: float, cut_off: float, noisy: Tensor) -> Tensor:
    """By scikit-image."""
    from skimage.restoration import denoise_nl_means  # of the extra `claims`

    def filtered(image: NDArray[np.float32]) -> NDArray[np.float32]:
        smooth = denoise_nl_means(
            image, patch_size=5, patch_distance=6, h=cut_off, sigma=sigma, fast_mode=True, channel_axis=-1
        )
        return np.asarray(smooth).reshape(image.shape)  # which has lost the axis of a single channel

    channels_last = noisy.movedim(1, -1).numpy()
    return torch.from_numpy(np.stack([filtered(image) for image in channels_last])).to(noisy).movedim(-1, 1)


def least_squares(noisy: Tensor, clean: Tensor) -> Filter:
    """The linear map, with a constant, that has the least squared error on these training images.

    Ridge regression in closed form; of four penalties the one with the lowest error on the last tenth of the images,
    which must show nothing that the others show with other noise.
    """
    inputs, outputs = noisy.flatten(1), clean.flatten(1)
    count = len(inputs) - max(1, int(HELD_OUT * len(inputs)))
    maps = _ridges(inputs[:count], outputs[:count])
    weights, constant = min(
        maps, key=lambda ridge: float((inputs[count:] @ ridge[0] + ridge[1] - outputs[count:]).square().mean())
    )
    return lambda images: (images.flatten(1) @ weights + constant).view_as(images)


def _ridges(inputs: Tensor, outputs: Tensor) -> list[tuple[Tensor, Tensor]]:
    """For each penalty the weights (d, d) and the constant (d,) of the linear map between centred rows (N, d)."""
    centre, target = inputs.mean(0), outputs.mean(0)
    centred = inputs - centre
    covariance, products = (centred.T @ centred).double(), (centred.T @ (outputs - target)).double()
    identity = torch.eye(len(covariance)).to(covariance) * covariance.diagonal().mean()
    solved = (torch.linalg.solve(covariance + penalty * identity, products).to(inputs) for penalty in PENALTIES)
    return [(weights, target - centre @ weights) for weights in solved]
