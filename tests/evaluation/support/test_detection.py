"""Anomaly detection by the reconstruction error, and the detectors beside it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from narrows.data.preparation import prepare_contrast
from narrows.data.splits import split
from narrows.evaluation.baselines.detectors import nearest_distances, pca_residuals
from narrows.evaluation.support.detection import FALSE_ALARMS, Searched, detection, ranking
from support.linear import pca_autoencoder


def ones(splits) -> torch.Tensor:
    return splits.train.pixels[splits.train.labels == 1]


def test_ranking_is_the_share_of_pairs_in_the_right_order():
    scores = ranking(np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0]))
    assert scores["auroc"] == pytest.approx(5 / 6)


def test_images_of_the_same_kind_are_told_apart_by_chance_only(splits):
    train = ones(splits)
    mixed = splits.test[torch.randperm(len(splits.test))].pixels
    metrics = detection(pca_autoencoder(train, 8), train, train, Searched(mixed[:250], mixed[250:]))
    for name in ("auroc", "auroc_pca", "auroc_neighbour", "auroc_forest"):
        assert metrics[name] == pytest.approx(0.5, abs=0.1)


def test_false_alarms_on_the_images_that_set_the_threshold_are_as_many_as_chosen(splits):
    train, val = ones(splits), splits.test.pixels[:200]
    metrics = detection(pca_autoencoder(train, 2), train, val, Searched(val, splits.test.pixels))
    assert metrics["false_alarms"] == pytest.approx(FALSE_ALARMS, abs=1 / len(val))


def test_an_autoencoder_that_knows_its_training_images_gives_no_more_false_alarms(digits):
    """PCA with nearly as many components as training images: their error is almost 0, and no threshold for others."""
    train, val, test = (images.pixels for images in split(digits, 2000, 400))
    metrics = detection(pca_autoencoder(train, 300), train, val, Searched(test, 255 - test))
    assert metrics["false_alarms"] == pytest.approx(FALSE_ALARMS, abs=3 * (0.05 * 0.95 / len(test)) ** 0.5)


def test_without_validation_images_there_is_no_threshold(splits):
    train = ones(splits)
    metrics = detection(pca_autoencoder(train, 2), train, train[:0], Searched(train, splits.test.pixels))
    assert not {"false_alarms", "detected"} & metrics.keys()
    assert {"auroc", "ap", "share", "auroc_pca"} <= metrics.keys()


def test_average_precision_is_that_of_equally_many_images_of_both():
    """The weights do what copies of the images do: 6 normal and 6 anomalous ones."""
    normal, anomalous = np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0])
    copies = ranking(np.repeat(normal, 2), np.repeat(anomalous, 3))
    assert ranking(normal, anomalous) == pytest.approx(copies)
    assert copies["ap"] == pytest.approx(0.5 * 1 + 0.5 * 6 / 8)  # by hand: half of them first, then 6 of 8


def test_by_chance_it_is_a_half_whatever_the_share_of_anomalies():
    random = np.random.default_rng(0)
    assert ranking(random.random(1000), random.random(9000))["ap"] == pytest.approx(0.5, abs=0.03)


def test_a_training_image_has_distance_0_and_residual_0_if_all_are_spanned(splits):
    few = splits.train.pixels[:20]
    assert nearest_distances(few, few) == pytest.approx(0, abs=1e-2)  # of float32 products
    assert pca_residuals(few, 19, few) == pytest.approx(0, abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contrast", "published"),
    [
        ("none", {8: 0.937, 16: 0.954, 32: 0.955, 64: 0.946, "neighbour": 0.954}),
        ("l1", {8: 0.926, 16: 0.939, 32: 0.945, 64: 0.943, "neighbour": 0.960}),
    ],
)
def test_one_class_mnist_has_the_areas_that_are_published(mnist, contrast, published):
    """Fitted on all training images of a digit, mean over ten digits."""
    areas = {name: [] for name in (8, 16, 32, 64, "neighbour")}
    images = replace(mnist, prepare=partial(prepare_contrast, contrast, mnist.classes) if contrast != "none" else None)
    for digit in range(10):
        splits = split(images, 0, classes=[digit])
        train, test, normal = splits.train.pixels, splits.test, splits.test.labels == digit
        for size in (8, 16, 32, 64):
            scores = pca_residuals(train, size, test.pixels)
            areas[size].append(ranking(scores[normal], scores[~normal])["auroc"])
        scores = nearest_distances(train, test.pixels)
        areas["neighbour"].append(ranking(scores[normal], scores[~normal])["auroc"])
    means = {name: round(float(np.mean(values)), 3) for name, values in areas.items()}
    assert means == published
