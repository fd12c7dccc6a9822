"""How well a score of each image tells normal images from anomalous ones, beside detectors that know no autoencoder."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from narrows.evaluation.reconstruction import squared_errors
from narrows.evaluation.support.shared import codes, pca, remembered, rows
from narrows.models.autoencoder import Autoencoder

Scores = NDArray[np.float64]

FALSE_ALARMS = 0.05  # the share of normal images that an alarm is set to accept


def detection(autoencoder: Autoencoder, train: Tensor, normal: Tensor, anomalous: Tensor) -> dict[str, float]:
    """How the reconstruction error tells test images apart, all uint8 (N, C, H, W); the anomalous ones are positives.

    auroc         area under the receiver operating characteristic, 0.5 by chance
    ap            average precision, `share` by chance
    share         of the anomalous ones among all
    false_alarms  share of the normal ones above the threshold that 5 % of the training images exceed
    detected      share of the anomalous ones above it

    auroc and ap also with _pca (error of PCA with as many components as a code has numbers), _neighbour (Euclidean
    distance to the nearest training image) and _forest (isolation forest on pixels, Liu et al. 2008).
    """
    errors = [squared_errors(autoencoder, pixels).numpy() for pixels in (train, normal, anomalous)]
    threshold = np.quantile(errors[0], 1 - FALSE_ALARMS)
    found = {
        **ranking(errors[1], errors[2]),
        "share": len(anomalous) / (len(normal) + len(anomalous)),
        "false_alarms": float((errors[1] > threshold).mean()),
        "detected": float((errors[2] > threshold).mean()),
    }
    size = codes(autoencoder, train[:1]).shape[1]
    return found | baselines(size, train.cpu(), normal.cpu(), anomalous.cpu())


def ranking(normal: Scores, anomalous: Scores) -> dict[str, float]:
    """Area under the ROC curve and average precision of scores that should be higher for anomalous images."""
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    scores = np.concatenate([normal, anomalous])
    return {"auroc": float(roc_auc_score(truth, scores)), "ap": float(average_precision_score(truth, scores))}


@remembered
def baselines(size: int, train: Tensor, normal: Tensor, anomalous: Tensor) -> dict[str, float]:
    """`ranking` by three scores that know no autoencoder, their names at the end; as in `detection`."""
    scores: dict[str, Callable[[Tensor], Scores]] = {
        "pca": partial(residuals, train, size),
        "neighbour": partial(distances, train),
        "forest": partial(isolation, train),
    }
    both = torch.cat([normal, anomalous])
    found: dict[str, float] = {}
    for name, score in scores.items():
        values = score(both)
        ranked = ranking(values[: len(normal)], values[len(normal) :])
        found |= {f"{quantity}_{name}": value for quantity, value in ranked.items()}
    return found


def residuals(train: Tensor, size: int, pixels: Tensor) -> Scores:
    """Squared error of each image's reconstruction from `size` principal components of `train`, mean over pixels."""
    fitted, data = pca(train, size), rows(pixels)
    error: Scores = np.square(fitted.inverse_transform(fitted.transform(data)) - data).mean(1)
    return error


def distances(train: Tensor, pixels: Tensor) -> Scores:
    """Euclidean distance of each image to the nearest of `train`."""
    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(rows(train))
    return np.asarray(nearest.kneighbors(rows(pixels))[0][:, 0], dtype=float)


def isolation(train: Tensor, pixels: Tensor) -> Scores:
    """How soon a random tree isolates each image: scikit-learn's defaults, 100 trees of 256 images each."""
    return -np.asarray(IsolationForest(random_state=0).fit(rows(train)).score_samples(rows(pixels)), dtype=float)
