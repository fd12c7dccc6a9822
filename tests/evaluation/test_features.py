"""Codes as features of the classes: probe, neighbours, clusters."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from sklearn.neighbors import KNeighborsClassifier

from narrows.data.sources import Images
from narrows.data.splits import Splits
from narrows.evaluation.clusters import clusters
from narrows.evaluation.neighbours import neighbours, whitening
from narrows.evaluation.probe import probe
from support.functions import autoencoder
from support.linear import pca_autoencoder


@pytest.mark.parametrize("evaluation", [probe, neighbours, clusters])
def test_principal_components_as_a_code_score_as_pca_does(splits: Splits, evaluation):
    metrics = evaluation(pca_autoencoder(splits.train.pixels, 8), splits.train, splits.test)
    for name, value in metrics.items():
        if not name.endswith(("_pca", "_pixels")):
            assert value == pytest.approx(metrics[f"{name}_pca"], abs=0.005)  # float32 here, float64 there
            assert metrics.get(f"{name}_pixels") != metrics[f"{name}_pca"]
        assert 0.2 < value < 1


def label_in_pixel(images: Images) -> Images:
    """The images with their label as the value of the first pixel."""
    pixels = images.pixels.clone()
    pixels[:, 0, 0, 0] = images.labels.to(pixels.dtype)
    return Images(pixels, images.labels)


def test_codes_that_are_the_labels_are_perfect_features(splits):
    one_hot = autoencoder(
        lambda rows: torch.nn.functional.one_hot((rows[:, 0] * 255).round().long(), 10).float(), torch.positive
    )
    train, test = label_in_pixel(splits.train), label_in_pixel(splits.test)
    metrics = probe(one_hot, train, test) | neighbours(one_hot, train, test) | clusters(one_hot, train, test)
    for name in ("probe", "neighbours", "clusters_nmi", "clusters_ari"):
        assert metrics[name] == pytest.approx(1)


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_whitened_neighbours_are_those_of_the_mahalanobis_distance(splits, scale):
    """By scikit-learn's own distance, also where one number of the code is a thousand times larger than the others."""
    pca = pca_autoencoder(splits.train.pixels, 4)
    stretch = torch.tensor([1.0, scale, 1.0, 1.0])
    metrics = neighbours(
        autoencoder(lambda rows: pca.encoder(rows) * stretch, torch.positive), splits.train, splits.test
    )
    train, test = (
        (pca.encode(images.pixels / 255) * stretch).detach().double() for images in (splits.train, splits.test)
    )
    inverse = torch.linalg.inv(torch.cov(train.T)).numpy()
    classifier = KNeighborsClassifier(5, metric="mahalanobis", metric_params={"VI": inverse}, algorithm="brute")
    expected = classifier.fit(train, splits.train.labels).score(test, splits.test.labels)
    assert metrics["neighbours_whitened"] == pytest.approx(expected, abs=0.005)
    assert metrics["neighbours_whitened"] == pytest.approx(metrics["neighbours_whitened_pca"], abs=0.005)


def test_whitening_gives_unit_covariance_and_leaves_constants_and_copies_out(splits):
    codes = pca_autoencoder(splits.train.pixels, 4).encode(splits.train.pixels.float() / 255).detach().numpy()
    mixed = codes @ np.random.default_rng(0).normal(size=(4, 4))
    more = np.concatenate([mixed, np.full_like(mixed[:, :1], 3), 5 * mixed[:, :1]], 1).astype(np.float32)
    white = whitening(more)(more)
    assert white.shape == codes.shape
    np.testing.assert_allclose(np.cov(white.T), np.eye(4), atol=1e-3)
    np.testing.assert_allclose(pdist(white), pdist(whitening(codes)(codes)), rtol=1e-3)  # whatever the scale


def test_shuffled_labels_are_guessed_by_chance(splits):
    shuffled = Images(splits.test.pixels, splits.test.labels[torch.randperm(len(splits.test))])
    metrics = probe(pca_autoencoder(splits.train.pixels, 8), splits.train, shuffled)
    assert metrics["probe"] == pytest.approx(0.1, abs=0.05)  # ten classes, 500 images


def test_nothing_is_fitted_to_the_test_images(splits):
    """The score of all test images is the mean of the scores of their halves."""
    pca = pca_autoencoder(splits.train.pixels, 8)
    halves = [probe(pca, splits.train, images)["probe"] for images in (splits.test[:250], splits.test[250:])]
    assert sum(halves) / 2 == pytest.approx(probe(pca, splits.train, splits.test)["probe"])
