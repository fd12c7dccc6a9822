"""Do images with neighbouring codes belong to the same class?"""

from collections.abc import Callable

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.support.features import with_baselines
from narrows.models.autoencoder import Autoencoder

NEIGHBOURS = 5
LEAST = 1e-6  # of the largest standard deviation, or variance: below it is rounding


def neighbours(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of a 5-nearest-neighbours classifier, the share of test images in [0, 1].

    neighbours              nearest by the Euclidean distance between codes, not scaled
    neighbours_whitened     between whitened codes: a code's scale is arbitrary, and this does not depend on it
    neighbours_pca          between as many principal components
    neighbours_whitened_pca between as many whitened ones
    neighbours_pixels       between all pixels

    The neighbours are searched among at most 10,000 training images.
    """
    whitened = with_baselines(_whitened_accuracy, autoencoder, train, test, of_pixels=False)
    return with_baselines(_accuracy, autoencoder, train, test) | whitened


def _accuracy(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    classifier = KNeighborsClassifier(min(NEIGHBOURS, len(train)), algorithm="brute")
    return {"neighbours": float(classifier.fit(train, labels).score(test, test_labels))}


def _whitened_accuracy(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    whiten = whitening(train)
    return {"neighbours_whitened": _accuracy(whiten(train), labels, whiten(test), test_labels)["neighbours"]}


def whitening(codes: Rows) -> Callable[[Rows], Rows]:
    """The linear map that gives codes like these, (N, k), the covariance 1: distances become Mahalanobis distances.

    Numbers that never vary, and directions in which standardised numbers do not, are left out.
    """
    mean, spread = codes.mean(0, dtype=float), codes.std(0, dtype=float)
    live = spread > LEAST * spread.max()
    if not live.any():
        return lambda rows: rows
    variances, axes = np.linalg.eigh(np.atleast_2d(np.cov(((codes - mean)[:, live] / spread[live]).T)))
    kept = variances > LEAST * variances.max()
    scaled = axes[:, kept] / np.sqrt(variances[kept]) / spread[live, np.newaxis]
    return lambda rows: ((rows - mean)[:, live] @ scaled).astype(np.float32)
