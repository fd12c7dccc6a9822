"""Explained variance, active units and units that are never active, on codes that are known."""

import pytest
import torch

from narrows.data.sources import Images
from narrows.evaluation.sparsity import sparsity
from support.dictionaries import dictionary, samples
from support.functions import autoencoder

FEATURES = torch.eye(3)


def images() -> Images:
    return samples(torch.tensor([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 2.0, 2.0], [2.0, 0.0, 2.0]]), FEATURES)


def test_of_hand_computed_codes():
    """Unit 0 stands for feature 0, unit 1 is never active: 0.5 units an image, and errors of 0, 4, 8 and 4 in squares.

    The mean is (1, 1, 1), the variance 3 in each image.
    """
    codes, units = torch.tensor([[2.0, 0], [0, 0], [0, 0], [2, 0]]), torch.eye(2, 3)
    metrics = sparsity(dictionary(codes, units, images()), images(), images())
    assert metrics == {"explained_variance": pytest.approx(1 - 16 / 12), "active_per_image": 0.5, "never_active": 0.5}


def test_the_true_code_explains_everything():
    metrics = sparsity(dictionary(images().truth.coefficients, FEATURES, images()), images(), images())
    assert metrics == {"explained_variance": pytest.approx(1.0), "active_per_image": 1.5, "never_active": 0.0}


def test_the_mean_explains_nothing():
    mean = autoencoder(lambda rows: rows[:, :2] * 0, lambda codes: torch.ones(len(codes), 3), (1, 1, 3))
    metrics = sparsity(mean, images(), images())
    assert metrics == {"explained_variance": pytest.approx(0.0), "active_per_image": 0.0, "never_active": 1.0}


def test_of_pixels(splits):
    """A dense code of all pixels of real digits."""
    whole = autoencoder(lambda rows: rows + 1, lambda codes: codes - 1)
    metrics = sparsity(whole, splits.train, splits.test)
    assert metrics == {"explained_variance": pytest.approx(1.0), "active_per_image": 784, "never_active": 0}
