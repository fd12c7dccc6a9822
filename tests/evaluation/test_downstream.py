"""The loss of a downstream classifier: of perfect, constant and hand-made reconstructions."""

from math import log

import pytest
import torch

from narrows.data.sources import Images
from narrows.evaluation.downstream import downstream
from support.functions import autoencoder


def identity():
    return autoencoder(lambda rows: rows, lambda codes: codes)


def test_perfect_reconstructions_lose_nothing(splits):
    metrics = downstream(identity(), splits.train, splits.test)
    assert metrics["downstream_loss"] == pytest.approx(metrics["downstream_images"])
    assert metrics["downstream_recovered"] == pytest.approx(1)
    assert 0.1 < metrics["downstream_images"] < 1.5  # of ten classes: log 10 = 2.3 by chance


def test_the_mean_image_recovers_nothing(splits):
    mean = splits.train.pixels.float().mean(0).flatten() / 255
    constant = autoencoder(lambda rows: rows[:, :1], lambda codes: mean.expand(len(codes), -1))
    metrics = downstream(constant, splits.train, splits.test)
    assert metrics["downstream_recovered"] == pytest.approx(0, abs=1e-6)
    assert metrics["downstream_loss"] > metrics["downstream_images"]


def test_a_blurred_image_is_in_between(splits):
    halves = autoencoder(lambda rows: rows, lambda codes: codes * (torch.arange(784) % 2))
    assert 0 < downstream(halves, splits.train, splits.test)["downstream_recovered"] < 1


def test_of_two_classes_that_a_pixel_tells_apart():
    """With mirrored reconstructions the loss l becomes l + z, where l = log(1 + e⁻ᶻ) and z is the size of the logit."""
    pixels = torch.tensor([0.0, 1.0]).repeat(50).view(-1, 1, 1, 1)
    images = Images(pixels, (pixels.flatten() > 0.5).long())
    mirrored = autoencoder(lambda rows: 1 - rows, lambda codes: codes, (1, 1, 1))
    metrics = downstream(mirrored, images, images)
    logit = metrics["downstream_loss"] - metrics["downstream_images"]
    assert metrics["downstream_images"] == pytest.approx(torch.tensor(-logit).exp().log1p().item(), rel=1e-3)
    recovered = (log(2) - metrics["downstream_loss"]) / (log(2) - metrics["downstream_images"])
    assert metrics["downstream_recovered"] == pytest.approx(recovered, rel=1e-3)
