"""How much noise does an autoencoder remove, of each kind and level, compared with other filters?"""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images, as_floats
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.filters import (
    Filter,
    chosen,
    least_squares,
    medians,
    non_local_means,
    pca_projection,
)
from narrows.evaluation.support.encoding import code_size
from narrows.evaluation.support.image_quality import gain
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder
from narrows.models.corruptions import Gaussian, Masking, SaltPepper
from narrows.seeds import generator

KINDS: dict[str, Callable[[float], torch.nn.Module]] = {
    "gaussian": Gaussian,
    "salt_pepper": SaltPepper,
    "masking": Masking,
}
LEVELS = (0.1, 0.25, 0.5)
NOISES = tuple(product(KINDS, LEVELS))
MOST = 300  # test images, drawn at random: non-local means take 4 ms for each image, kind and level
TUNING = 100  # training images that the filters' parameters are chosen on
FITTED = 30_000  # noisy images that the linear filter is fitted to, several of each training image if these are few


def denoising(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """How much the autoencoder improves noisy versions of 300 test images.

    denoising_<kind>_<level %>_psnr  PSNR of the output minus that of the noisy image, in dB, mean over images
    denoising_<kind>_<level %>_ssim  the same for SSIM, at most 1

    Kinds and levels of noise are those of the corruption slot; the noise is the same for every autoencoder. Negative
    values are a loss. Also with _linear (the linear filter with the least squared error on training images with this
    noise), _pca (projection on as many components of clean training images as the code has numbers), _median (of 3 × 3
    to 7 × 7 pixels) and _nlm (non-local means); the parameters of the last two are chosen on training images with this
    noise. All images, the noisy ones as well, are clipped to [0, 1] before they are compared, so that clipping is no
    gain.
    """
    clean, components = as_floats(random_subset(test.pixels, MOST)), code_size(autoencoder, test.pixels)
    metrics: dict[str, float] = {}
    for kind, level in NOISES:
        noisy = add_noise(clean, kind, level)
        metrics |= _named(gain(in_batches(autoencoder.reconstruct, noisy), noisy, clean), kind, level)
    metrics |= _of_filters(train.pixels.cpu(), clean.cpu())
    return metrics | _of_pca(train.pixels.cpu(), components, clean.cpu())


def _named(gains: dict[str, float], kind: str, level: float, ending: str = "") -> dict[str, float]:
    """Gains under their names in a record."""
    return {f"denoising_{kind}_{round(100 * level)}_{quantity}{ending}": value for quantity, value in gains.items()}


def add_noise(clean: Tensor, kind: str, level: float, purpose: str = "denoising") -> Tensor:
    """Images (B, C, H, W) in [0, 1] with noise, the same noise in every call with the same purpose."""
    noise = generator(0, purpose, kind, str(level))
    noisy: Tensor = KINDS[kind](level)(clean.cpu(), noise)
    return noisy.to(clean.device)


@cached
def _of_pca(train: Tensor, components: int, clean: Tensor) -> dict[str, float]:
    """The metrics of the projection, for every kind and level."""
    metrics: dict[str, float] = {}
    for kind, level in NOISES:
        noisy = add_noise(clean, kind, level)
        metrics |= _named(gain(pca_projection(train, components, noisy), noisy, clean), kind, level, "_pca")
    return metrics


@cached  # it takes seconds for each kind and level; runs with codes of any width share it
def _of_filters(train: Tensor, clean: Tensor) -> dict[str, float]:
    """The metrics of the other filters, for every kind and level."""
    training, metrics = _repeated(as_floats(train)), dict[str, float]()
    for kind, level in NOISES:
        noisy, noisy_training = add_noise(clean, kind, level), add_noise(training, kind, level, "denoising filters")
        for name, filter_ in _filters(noisy_training, training).items():
            metrics |= _named(gain(filter_(noisy), noisy, clean), kind, level, f"_{name}")
    return metrics


def _filters(noisy: Tensor, clean: Tensor) -> dict[str, Filter]:
    """The filters, fitted to or chosen on training images."""
    tuning = tuple(images[:: len(images) // TUNING + 1] for images in (noisy, clean))
    return {
        "linear": least_squares(noisy, clean),
        "median": chosen(medians(), *tuning),
        "nlm": chosen(non_local_means(*tuning), *tuning),
    }


def _repeated(images: Tensor) -> Tensor:
    """About `FITTED` images: each of them so often, or only the first; those of one image are adjacent."""
    return images[:FITTED].repeat_interleave(max(1, FITTED // len(images)), 0)
