"""Anomaly scores that need no autoencoder: the higher, the less like the training images."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from narrows.evaluation.baselines.pca import pca_errors, pca_of
from narrows.evaluation.baselines.pixel_rows import pixel_rows

Scores = NDArray[np.float64]


def pca_residuals(train: Tensor, components: int, pixels: Tensor) -> Scores:
    """Squared error of each image's projection on principal components of `train`, mean over pixels.

    Images are uint8 (N, C, H, W), scores (N,), in all functions of this module.
    """
    return pca_errors(pca_of(train, components), pixels)


def nearest_distances(train: Tensor, pixels: Tensor) -> Scores:
    """Euclidean distance of each image to the nearest of `train`."""
    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(pixel_rows(train))
    return np.asarray(nearest.kneighbors(pixel_rows(pixels))[0][:, 0], dtype=float)


def isolation(train: Tensor, pixels: Tensor) -> Scores:
    """Score of an isolation forest (Liu et al. 2008) on pixels, scikit-learn's defaults: 100 trees of 256 images."""
    forest = IsolationForest(random_state=0).fit(pixel_rows(train))
    return -np.asarray(forest.score_samples(pixel_rows(pixels)), dtype=float)
