"""Anomalies by reconstruction error, and the detectors beside it."""

import numpy as np
import pytest
import torch

from narrows.data.splits import split
from narrows.errors import UserError
from narrows.evaluation.anomaly import anomaly
from narrows.evaluation.foreign import foreign
from narrows.evaluation.support.detection import FALSE_ALARMS, detection, distances, ranking, residuals
from support.configs import configure, data_folder
from support.linear import pca_autoencoder


def ones(splits):
    return splits.train[splits.train.labels == 1]


def test_the_error_of_pca_as_an_autoencoder_is_pcas(splits):
    train = ones(splits)
    found = anomaly(pca_autoencoder(train.pixels, 8), train, splits.test)
    assert found["anomaly_auroc"] == pytest.approx(found["anomaly_auroc_pca"], abs=1e-4)
    assert found["anomaly_ap"] == pytest.approx(found["anomaly_ap_pca"], abs=1e-4)
    assert found["anomaly_auroc"] > 0.95  # ones are the easiest digit
    assert found["anomaly_share"] == pytest.approx(0.9)


def test_ranking_is_the_share_of_pairs_in_the_right_order():
    found = ranking(np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0]))
    assert found["auroc"] == pytest.approx(5 / 6)
    assert found["ap"] == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_scores_that_know_nothing_are_at_chance(splits):
    train = ones(splits)
    mixed = splits.test[torch.randperm(len(splits.test))].pixels
    found = detection(pca_autoencoder(train.pixels, 8), train.pixels, mixed[:250], mixed[250:])
    for name in ("auroc", "auroc_pca", "auroc_neighbour", "auroc_forest"):
        assert found[name] == pytest.approx(0.5, abs=0.1)


def test_alarms_on_the_images_that_set_the_threshold_are_as_many_as_chosen(splits):
    train = ones(splits)
    found = detection(pca_autoencoder(train.pixels, 2), train.pixels, train.pixels, splits.test.pixels)
    assert found["false_alarms"] == pytest.approx(FALSE_ALARMS, abs=1 / len(train))


def test_a_training_image_has_no_distance_and_no_residual_when_all_are_spanned(splits):
    few = splits.train.pixels[:20]
    assert distances(few, few) == pytest.approx(0, abs=1e-2)  # of float32 products
    assert residuals(few, 19, few) == pytest.approx(0, abs=1e-10)


def test_foreign_images_are_those_of_the_other_data_set(monkeypatch, mnist, splits):
    root = data_folder("fashion_mnist")
    monkeypatch.setenv("NARROWS_DATA_DIR", root)
    found = foreign(pca_autoencoder(splits.train.pixels, 16), splits.train, splits.test)
    assert found["foreign_auroc"] > 0.8
    assert found["foreign_share"] == pytest.approx(10_000 / 10_500)


def test_where_nothing_is_unseen_there_is_nothing_to_find(splits):
    with pytest.raises(UserError, match=r"evaluation=anomaly: all classes were trained on"):
        anomaly(pca_autoencoder(splits.train.pixels, 2), splits.train, splits.test)
    with pytest.raises(UserError, match=r"evaluation=\[anomaly\] with data.classes=None"):
        configure("evaluation=[reconstruction,anomaly]")
    assert configure("evaluation=[reconstruction,anomaly]", "data.classes=[3]", "data.val_size=500")


@pytest.mark.slow
def test_one_class_mnist_has_the_areas_that_are_published(mnist):
    """`published.md`: raw pixels, fitted on all training images of a digit, mean over ten digits."""
    test = mnist.test
    areas = {name: [] for name in (8, 16, 32, 64, "neighbour")}
    for digit in range(10):
        train, normal = split(mnist, 0, classes=[digit]).train.pixels, test.labels == digit
        for size in (8, 16, 32, 64):
            scores = residuals(train, size, test.pixels)
            areas[size].append(ranking(scores[normal], scores[~normal])["auroc"])
        scores = distances(train, test.pixels)
        areas["neighbour"].append(ranking(scores[normal], scores[~normal])["auroc"])
    found = {name: round(float(np.mean(values)), 3) for name, values in areas.items()}
    assert found == {8: 0.937, 16: 0.954, 32: 0.955, 64: 0.946, "neighbour": 0.954}
