"""Noise that is taken away, and what filters take."""

import pytest
import torch

from narrows.data.sources import as_floats
from narrows.evaluation import denoising as noise
from narrows.evaluation.denoising import KINDS, LEVELS, denoising, gain, median, noisy, non_local_means, quality
from support.linear import pca_autoencoder


@pytest.fixture
def clean(splits):
    return as_floats(splits.test.pixels[:20])


@pytest.mark.slow
def test_every_kind_and_level_is_measured_and_pca_as_an_autoencoder_gains_what_pca_does(monkeypatch, splits):
    monkeypatch.setattr(noise, "MOST", 20)
    found = denoising(pca_autoencoder(splits.train.pixels, 16), splits.train, splits.test)
    assert len(found) == len(KINDS) * len(LEVELS) * 2 * 4
    for kind in KINDS:
        for level in (10, 25, 50):
            for quantity in ("psnr", "ssim"):
                name = f"denoising_{kind}_{level}_{quantity}"
                assert found[name] == pytest.approx(found[f"{name}_pca"], abs=1e-3)


def test_the_clean_image_gains_all_and_the_noisy_one_nothing(clean):
    shown = noisy(clean, "gaussian", 0.25)
    assert gain(shown, shown, clean) == {"psnr": 0, "ssim": 0}
    almost = gain(clean + 1e-4, shown, clean)
    assert almost["psnr"] > 50
    assert almost["ssim"] == pytest.approx(1 - quality(shown, clean)["ssim"], abs=0.01)


def test_psnr_is_the_formula(clean):
    lighter = (clean + 0.1).clamp(0, 1)
    errors = (lighter - clean).square().flatten(1).mean(1)
    assert quality(lighter, clean)["psnr"] == pytest.approx((10 * (1 / errors).log10()).mean().item(), rel=1e-5)


def test_cutting_to_the_range_is_no_gain(clean):
    shown = noisy(clean, "gaussian", 0.5)
    assert gain(shown.clamp(0, 1), shown, clean) == {"psnr": 0, "ssim": 0}


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_the_same_each_time_and_more_at_a_higher_level(clean, kind):
    assert torch.equal(noisy(clean, kind, 0.25), noisy(clean, kind, 0.25))
    errors = [(noisy(clean, kind, level) - clean).square().mean().item() for level in LEVELS]
    assert errors == sorted(errors) and errors[0] > 0


def test_each_filter_is_good_at_its_own_noise(clean):
    salted, grainy = noisy(clean, "salt_pepper", 0.1), noisy(clean, "gaussian", 0.25)
    assert gain(median(salted), salted, clean)["psnr"] > 5
    assert gain(non_local_means(grainy, clean), grainy, clean)["psnr"] > 4
    assert median(clean).shape == non_local_means(grainy, clean).shape == clean.shape
