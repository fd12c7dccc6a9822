"""What an autoencoder takes away of each kind and level of noise, beside filters that were never trained."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import median_filter
from skimage.restoration import denoise_nl_means
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.shared import codes, pca, remembered
from narrows.models.autoencoder import Autoencoder
from narrows.models.corruptions import Gaussian, Masking, SaltPepper
from narrows.seeds import generator

KINDS: dict[str, Callable[[float], torch.nn.Module]] = {
    "gaussian": Gaussian,
    "salt_pepper": SaltPepper,
    "masking": Masking,
}
LEVELS = (0.1, 0.25, 0.5)
MOST = 300  # test images: non-local means take 4 ms for each, kind and level

Quality = dict[str, float]
Pixels = NDArray[np.float32]


def denoising(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """What is gained on the first 300 test images by passing them, noisy, through the autoencoder.

    denoising_<kind>_<level %>_psnr  dB of PSNR that the output has more than the noisy image, mean over images
    denoising_<kind>_<level %>_ssim  the same of SSIM, at most 1 (Wang et al. 2004, windows of 11 pixels)

    Kinds and levels of noise are those of the corruption slot, the same noise for every autoencoder. Negative is a
    loss. Also with _pca (projection on as many components of clean training images as the code has numbers), _median
    (3 × 3 pixels) and _nlm (non-local means, Buades et al. 2005, told how strong the noise really is). Everything is
    cut to [0, 1] before it is compared, the noisy image as well, so that cutting is no gain.
    """
    clean, size = as_floats(test.pixels[:MOST]), codes(autoencoder, test.pixels[:1]).shape[1]
    found: dict[str, float] = {}
    for kind in KINDS:
        for level in LEVELS:
            name = f"denoising_{kind}_{round(100 * level)}"
            shown = noisy(clean, kind, level)
            with torch.no_grad():
                gained = gain(autoencoder.reconstruct(shown), shown, clean)
            found |= {f"{name}_{what}": value for what, value in gained.items()}
            others = baselines(train.pixels.cpu(), size, clean.cpu(), kind, level)
            found |= {f"{name}_{what}": value for what, value in others.items()}
    return found


def noisy(clean: Tensor, kind: str, level: float) -> Tensor:
    """Images (B, C, H, W) in [0, 1] with noise, always the same."""
    noise = generator(0, "denoising", kind, str(level))
    shown: Tensor = KINDS[kind](level)(clean.cpu(), noise)
    return shown.to(clean.device)


def gain(output: Tensor, shown: Tensor, clean: Tensor) -> Quality:
    """PSNR in dB and SSIM of `output` less those of what was shown: images (B, C, H, W), means over images."""
    after, before = quality(output, clean), quality(shown, clean)
    return {name: after[name] - before[name] for name in after}


def quality(images: Tensor, clean: Tensor) -> Quality:
    """Mean PSNR in dB and mean SSIM of images (B, C, H, W), cut to [0, 1], against clean ones."""
    cut = images.clamp(0, 1)
    errors = (cut - clean).square().flatten(1).mean(1).double()
    similarity = structural_similarity_index_measure(cut, clean, data_range=1.0)
    assert isinstance(similarity, Tensor)
    return {"psnr": -10 * errors.log10().mean().item(), "ssim": similarity.item()}


@remembered
def baselines(train: Tensor, size: int, clean: Tensor, kind: str, level: float) -> dict[str, float]:
    """`gain` of what needs no training of ours, its name at the end; as in `denoising`."""
    shown = noisy(clean, kind, level)
    outputs = {"pca": projected(train, size, shown), "median": median(shown), "nlm": non_local_means(shown, clean)}
    return {
        f"{quantity}_{name}": value
        for name, output in outputs.items()
        for quantity, value in gain(output, shown, clean).items()
    }


def projected(train: Tensor, size: int, shown: Tensor) -> Tensor:
    """Images on the plane of the first `size` principal components of `train`."""
    fitted, data = pca(train, size), shown.flatten(1).numpy()
    return torch.from_numpy(fitted.inverse_transform(fitted.transform(data))).float().view_as(shown)


def median(shown: Tensor) -> Tensor:
    """The median of 3 × 3 pixels around each."""
    return torch.from_numpy(median_filter(shown.numpy(), size=(1, 1, 3, 3)))


def non_local_means(shown: Tensor, clean: Tensor) -> Tensor:
    """Patches of 5 × 5 within 13 × 13, averaged by likeness, each image with the strength its noise really has."""
    strengths = (shown - clean).square().flatten(1).mean(1).sqrt().tolist()
    images = [_nlm(image, strength) for image, strength in zip(shown.numpy(), strengths, strict=True)]
    return torch.from_numpy(np.stack(images)).float()


def _nlm(image: Pixels, sigma: float) -> Pixels:
    """An image (C, H, W) by scikit-image, with the cut-off that it recommends for a known strength."""
    last = np.moveaxis(image, 0, -1)
    found = denoise_nl_means(
        last, patch_size=5, patch_distance=6, h=0.8 * sigma, sigma=sigma, fast_mode=True, channel_axis=-1
    )
    return np.moveaxis(found.reshape(last.shape), -1, 0)
