"""Lengths of decoded paths whose geometry is known."""

import math

import pytest
import torch
from torch import nn

from narrows.data.sources import Images
from narrows.data.splits import split
from narrows.evaluation.smoothness import smoothness
from narrows.models.autoencoder import Autoencoder
from support.rows import Rows, autoencoder


def test_a_linear_decoder_walks_straight_and_evenly(digits):
    train, _, test = split(digits, 500, 400)
    weight = torch.randn(5, 784)
    found = smoothness(autoencoder(lambda rows: rows[:, 300:305], lambda codes: codes @ weight), train, test)
    assert found["path_length"] == pytest.approx(1, abs=1e-4)
    assert found["path_peak"] == pytest.approx(1, abs=1e-3)
    spread = (test.pixels.flatten(1)[:, 300:305] / 255).std(0)
    expected = (weight * spread[:, None]).square().sum(0).mean().sqrt().item()
    assert found["jacobian_norm"] == pytest.approx(expected, rel=1e-4)


def test_half_a_circle_is_longer_than_its_diameter_by_half_of_pi():
    """Two kinds of images, coded as 0 and π, decoded on the unit circle."""
    pixels = torch.tensor([[0, 0], [255, 0]] * 20, dtype=torch.uint8).view(40, 1, 1, 2)
    circle = Rows(lambda codes: torch.cat([codes.cos(), codes.sin()], 1))
    walker = Autoencoder(Rows(lambda rows: math.pi * rows[:, :1]), nn.Identity(), circle, (1, 1, 2), "linear")
    images = Images(pixels, torch.zeros(40, dtype=torch.long))
    found = smoothness(walker.eval(), images, images)
    assert found["path_length"] == pytest.approx(math.pi / 2, rel=1e-3)
    assert found["path_peak"] == pytest.approx(1, abs=1e-4)
