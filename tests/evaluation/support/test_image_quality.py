"""PSNR and SSIM."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from narrows.data.sources import as_floats
from narrows.evaluation.denoising import add_noise
from narrows.evaluation.support.image_quality import gain, quality, ssim


@pytest.fixture
def clean(splits):
    return as_floats(splits.test.pixels[:20])


def test_the_clean_image_gains_everything_and_the_noisy_one_nothing(clean):
    noisy = add_noise(clean, "gaussian", 0.25)
    assert gain(noisy, noisy, clean) == {"psnr": 0, "ssim": 0}
    almost = gain(clean + 1e-4, noisy, clean)
    assert almost["psnr"] > 50
    assert almost["ssim"] == pytest.approx(1 - quality(noisy, clean)["ssim"], abs=0.01)


def test_psnr_is_the_formula(clean):
    lighter = (clean + 0.1).clamp(0, 1)
    errors = (lighter - clean).square().flatten(1).mean(1)
    assert quality(lighter, clean)["psnr"] == pytest.approx((10 * (1 / errors).log10()).mean().item(), rel=1e-5)


def test_clipping_to_the_range_is_no_gain(clean):
    noisy = add_noise(clean, "gaussian", 0.5)
    assert gain(noisy.clamp(0, 1), noisy, clean) == {"psnr": 0, "ssim": 0}


@pytest.mark.parametrize(("kind", "level"), [("gaussian", 0.1), ("salt_pepper", 0.5), ("masking", 0.25)])
def test_ssim_is_that_of_scikit_image_with_gaussian_windows(clean, kind, level):
    noisy = add_noise(clean, kind, level).clamp(0, 1)
    each = [
        structural_similarity(
            image.numpy(),
            truth.numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0,
        )
        for image, truth in zip(noisy, clean, strict=True)
    ]
    assert ssim(noisy, clean) == pytest.approx(np.mean(each), abs=1e-5)


def test_ssim_of_colours_and_of_the_smallest_images(clean):
    colours = torch.cat([clean, clean.flip(2), clean.flip(3)], 1)[..., 8:19, 8:20]
    noisy = add_noise(colours, "gaussian", 0.25).clamp(0, 1)
    options = {"gaussian_weights": True, "use_sample_covariance": False, "data_range": 1, "channel_axis": 0}
    each = [structural_similarity(a.numpy(), b.numpy(), **options) for a, b in zip(noisy, colours, strict=True)]
    assert ssim(noisy, colours) == pytest.approx(np.mean(each), abs=1e-5)
