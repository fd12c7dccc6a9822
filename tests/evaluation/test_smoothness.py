"""Lengths of decoded paths whose geometry is known."""

import math

import pytest
import torch

from narrows.data.sources import Images
from narrows.data.splits import split
from narrows.evaluation.smoothness import smoothness
from support.functions import autoencoder


def test_paths_of_a_linear_decoder_are_straight_and_even(digits):
    train, _, test = split(digits, 500, 400)
    weight = torch.randn(5, 784)
    metrics = smoothness(autoencoder(lambda rows: rows[:, 300:305], lambda codes: codes @ weight), train, test)
    assert metrics["path_length"] == pytest.approx(1, abs=1e-4)
    assert metrics["path_peak"] == pytest.approx(1, abs=1e-3)
    spread = (test.pixels.flatten(1)[:, 300:305] / 255).std(0)
    expected = (weight * spread[:, None]).square().sum(0).mean().sqrt().item()
    assert metrics["jacobian_norm"] == pytest.approx(expected, rel=1e-4)


def test_half_a_circle_is_longer_than_its_diameter_by_half_of_pi():
    """Two kinds of images with the codes 0 and π, decoded to points of the unit circle."""
    pixels = torch.tensor([[0, 0], [255, 0]] * 20, dtype=torch.uint8).view(40, 1, 1, 2)
    circle = autoencoder(
        lambda rows: math.pi * rows[:, :1], lambda codes: torch.cat([codes.cos(), codes.sin()], 1), (1, 1, 2)
    )
    images = Images(pixels, torch.zeros(40, dtype=torch.long))
    metrics = smoothness(circle, images, images)
    assert metrics["path_length"] == pytest.approx(math.pi / 2, rel=1e-3)
    assert metrics["path_peak"] == pytest.approx(1, abs=1e-4)


def test_a_decoder_that_ignores_its_code_has_no_paths(splits):
    constant = autoencoder(lambda rows: rows[:, :2], lambda codes: 0 * codes.sum(1, keepdim=True).expand(-1, 784))
    assert smoothness(constant, splits.train, splits.test) == {"path_length": 1, "path_peak": 1, "jacobian_norm": 0}
