"""Noise that an autoencoder removes."""

import pytest
import torch

from narrows.data.sources import as_floats
from narrows.evaluation import denoising as module
from narrows.evaluation.denoising import KINDS, LEVELS, add_noise, denoising
from support.linear import pca_autoencoder


@pytest.mark.slow
def test_every_kind_and_level_is_measured_and_pca_as_an_autoencoder_gains_as_much_as_pca(monkeypatch, splits):
    monkeypatch.setattr(module, "MOST", 20)
    metrics = denoising(pca_autoencoder(splits.train.pixels, 16), splits.train, splits.test)
    assert len(metrics) == len(KINDS) * len(LEVELS) * 2 * 5
    for kind in KINDS:
        for level in (10, 25, 50):
            for quantity in ("psnr", "ssim"):
                name = f"denoising_{kind}_{level}_{quantity}"
                assert metrics[name] == pytest.approx(metrics[f"{name}_pca"], abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_is_the_same_each_time_and_stronger_at_a_higher_level(splits, kind):
    clean = as_floats(splits.test.pixels[:20])
    assert torch.equal(add_noise(clean, kind, 0.25), add_noise(clean, kind, 0.25))
    errors = [(add_noise(clean, kind, level) - clean).square().mean().item() for level in LEVELS]
    assert errors == sorted(errors) and errors[0] > 0
