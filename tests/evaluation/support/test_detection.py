"""Anomaly detection by the reconstruction error, and the detectors beside it."""

import numpy as np
import pytest
import torch

from narrows.data.splits import split
from narrows.evaluation.baselines.detectors import nearest_distances, pca_residuals
from narrows.evaluation.support.detection import FALSE_ALARMS, detection, ranking
from support.linear import pca_autoencoder


def ones(splits) -> torch.Tensor:
    return splits.train.pixels[splits.train.labels == 1]


def test_ranking_is_the_share_of_pairs_in_the_right_order():
    scores = ranking(np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0]))
    assert scores["auroc"] == pytest.approx(5 / 6)
    assert scores["ap"] == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_images_of_the_same_kind_are_told_apart_by_chance_only(splits):
    train = ones(splits)
    mixed = splits.test[torch.randperm(len(splits.test))].pixels
    metrics = detection(pca_autoencoder(train, 8), train, mixed[:250], mixed[250:])
    for name in ("auroc", "auroc_pca", "auroc_neighbour", "auroc_forest"):
        assert metrics[name] == pytest.approx(0.5, abs=0.1)


def test_false_alarms_on_the_images_that_set_the_threshold_are_as_many_as_chosen(splits):
    train = ones(splits)
    metrics = detection(pca_autoencoder(train, 2), train, train, splits.test.pixels)
    assert metrics["false_alarms"] == pytest.approx(FALSE_ALARMS, abs=1 / len(train))


def test_a_training_image_has_distance_0_and_residual_0_if_all_are_spanned(splits):
    few = splits.train.pixels[:20]
    assert nearest_distances(few, few) == pytest.approx(0, abs=1e-2)  # of float32 products
    assert pca_residuals(few, 19, few) == pytest.approx(0, abs=1e-10)


@pytest.mark.slow
def test_one_class_mnist_has_the_areas_that_are_published(mnist):
    """Raw pixels, fitted on all training images of a digit, mean over ten digits."""
    test = mnist.test
    areas = {name: [] for name in (8, 16, 32, 64, "neighbour")}
    for digit in range(10):
        train, normal = split(mnist, 0, classes=[digit]).train.pixels, test.labels == digit
        for size in (8, 16, 32, 64):
            scores = pca_residuals(train, size, test.pixels)
            areas[size].append(ranking(scores[normal], scores[~normal])["auroc"])
        scores = nearest_distances(train, test.pixels)
        areas["neighbour"].append(ranking(scores[normal], scores[~normal])["auroc"])
    means = {name: round(float(np.mean(values)), 3) for name, values in areas.items()}
    assert means == {8: 0.937, 16: 0.954, 32: 0.955, 64: 0.946, "neighbour": 0.954}
