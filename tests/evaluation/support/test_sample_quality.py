"""Fréchet distance, precision and recall on features whose answers are known."""

import numpy as np
import pytest
import torch
from scipy import linalg

from narrows.evaluation.support.digit_classifier import FEATURES
from narrows.evaluation.support.sample_quality import frechet, sample_quality, share_within


def features(count: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(count, FEATURES) * torch.linspace(0.5, 2, FEATURES) + shift


def test_the_distance_is_the_formula():
    first, second = features(500), features(400, shift=0.3)
    means, spreads = zip(*((x.numpy().mean(0), np.cov(x.double().numpy().T)) for x in (first, second)), strict=True)
    root = linalg.sqrtm(spreads[0] @ spreads[1]).real
    expected = np.square(means[0] - means[1]).sum() + np.trace(spreads[0] + spreads[1] - 2 * root)
    assert frechet(first, second) == pytest.approx(expected, rel=1e-3)


def test_the_same_images_have_no_distance_and_cover_each_other():
    real = features(300)
    assert sample_quality(real, real) == pytest.approx({"frechet": 0, "precision": 1, "recall": 1}, abs=1e-3)


def test_images_of_another_distribution_have_neither_precision_nor_recall():
    scores = sample_quality(features(300, shift=20), features(300))
    assert (scores["precision"], scores["recall"]) == (0, 0)
    assert scores["frechet"] == pytest.approx(400 * FEATURES, rel=0.05)


def test_samples_of_one_mode_of_two_have_precision_but_no_recall():
    real = torch.cat([features(200), features(200, shift=20)])
    scores = sample_quality(features(200), real)
    assert scores["precision"] > 0.6 and scores["recall"] < 0.55


def test_the_manifold_is_that_of_the_definition():
    manifold = torch.tensor([[0.0], [1.0], [2.0], [3.0], [100.0]])  # third neighbours: 3, 2, 2, 3, 99 away
    points = torch.tensor([[-3.5], [-2.5], [5.5], [6.5], [198.0], [200.0]])
    share = share_within(points, manifold)
    assert share == pytest.approx(4 / 6)  # all between 1 and 199, and those within 3 of 0 and 3
