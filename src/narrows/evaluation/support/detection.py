"""How well the reconstruction error tells anomalous images from normal ones, compared with other detectors."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.detectors import Scores, isolation, nearest_distances, pca_residuals
from narrows.evaluation.support.encoding import code_size
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.autoencoder import Autoencoder

FALSE_ALARMS = 0.05  # the share of training images above the threshold


def detection(autoencoder: Autoencoder, train: Tensor, normal: Tensor, anomalous: Tensor) -> dict[str, float]:
    """Anomaly detection by the reconstruction error, of uint8 images (N, C, H, W); anomalous ones are the positives.

    auroc         area under the receiver operating characteristic, 0.5 by chance
    ap            average precision, `share` by chance
    share         anomalous test images among all test images
    false_alarms  share of the normal test images above the threshold, which 5 % of the training images exceed
    detected      share of the anomalous test images above it

    auroc and ap also with _pca (error of PCA with as many components as a code has numbers), _neighbour (Euclidean
    distance to the nearest training image) and _forest (isolation forest on pixels).
    """
    train_errors, normal_errors, anomalous_errors = (
        squared_errors(autoencoder, pixels).numpy() for pixels in (train, normal, anomalous)
    )
    threshold = np.quantile(train_errors, 1 - FALSE_ALARMS)
    baselines = _baselines(code_size(autoencoder, train), train.cpu(), normal.cpu(), anomalous.cpu())
    return {
        **ranking(normal_errors, anomalous_errors),
        "share": len(anomalous) / (len(normal) + len(anomalous)),
        "false_alarms": float((normal_errors > threshold).mean()),
        "detected": float((anomalous_errors > threshold).mean()),
        **baselines,
    }


def ranking(normal: Scores, anomalous: Scores) -> dict[str, float]:
    """Area under the ROC curve and average precision of scores that should be higher for anomalous images."""
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    scores = np.concatenate([normal, anomalous])
    return {"auroc": float(roc_auc_score(truth, scores)), "ap": float(average_precision_score(truth, scores))}


@cached
def _baselines(components: int, train: Tensor, normal: Tensor, anomalous: Tensor) -> dict[str, float]:
    """`ranking` by each detector without an autoencoder, named as in `detection`."""
    detectors: dict[str, Callable[[Tensor], Scores]] = {
        "pca": partial(pca_residuals, train, components),
        "neighbour": partial(nearest_distances, train),
        "forest": partial(isolation, train),
    }
    pixels = torch.cat([normal, anomalous])
    metrics: dict[str, float] = {}
    for name, detector in detectors.items():
        scores = detector(pixels)
        ranked = ranking(scores[: len(normal)], scores[len(normal) :])
        metrics |= {f"{quantity}_{name}": value for quantity, value in ranked.items()}
    return metrics
