"""PSNR and SSIM."""

import pytest

from narrows.data.sources import as_floats
from narrows.evaluation.denoising import add_noise
from narrows.evaluation.support.image_quality import gain, quality


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
