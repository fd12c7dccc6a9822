"""How well the reconstruction error tells anomalous images from normal ones, compared with other detectors."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.detectors import Scores, isolation, nearest_distances, pca_residuals
from narrows.evaluation.support.alarm_threshold import threshold_at
from narrows.evaluation.support.encoding import code_size
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.models.autoencoder import Autoencoder

FALSE_ALARMS = 0.05  # the share of validation images above the threshold


class Searched(NamedTuple):
    """Test images in which anomalies are sought, uint8 (N, C, H, W) both."""

    normal: Tensor
    anomalous: Tensor


def detection(autoencoder: Autoencoder, train: Tensor, val: Tensor, searched: Searched) -> dict[str, float]:
    """Anomaly detection by the reconstruction error, of uint8 images (N, C, H, W); anomalous ones are the positives.

    auroc         area under the receiver operating characteristic, 0.5 by chance
    ap            average precision, normal and anomalous images weighted as if they were equally many: 0.5 by chance
    share         anomalous test images among all test images
    false_alarms  share of the normal test images above the threshold, which 5 % of the validation images exceed: errors
                  of the training images are lower than those of others. Neither is given without validation images
    detected      share of the anomalous test images above it

    auroc and ap also with _pca (error of PCA with as many components as a code has numbers), _neighbour (Euclidean
    distance to the nearest training image) and _forest (isolation forest on pixels).
    """
    normal, anomalous = (squared_errors(autoencoder, pixels).numpy() for pixels in searched)
    alarms = _alarms(squared_errors(autoencoder, val).numpy(), normal, anomalous) if len(val) else {}
    return {
        **ranking(normal, anomalous),
        "share": len(anomalous) / (len(normal) + len(anomalous)),
        **alarms,
        **_baselines(code_size(autoencoder, train), train.cpu(), *(pixels.cpu() for pixels in searched)),
    }


def _alarms(val: Scores, normal: Scores, anomalous: Scores) -> dict[str, float]:
    threshold = threshold_at(val, FALSE_ALARMS)
    return {
        "false_alarms": float((normal > threshold).mean()),
        "detected": float((anomalous > threshold).mean()),
    }


def ranking(normal: Scores, anomalous: Scores) -> dict[str, float]:
    """Area under the ROC curve and balanced average precision of scores that should be higher for anomalous images."""
    counts = [len(normal), len(anomalous)]
    truth, scores = np.repeat([0, 1], counts), np.concatenate([normal, anomalous])
    balanced = np.repeat([1 / count for count in counts], counts)
    precision = average_precision_score(truth, scores, sample_weight=balanced)
    return {"auroc": float(roc_auc_score(truth, scores)), "ap": float(precision)}


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
