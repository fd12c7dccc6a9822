"""Whether the codes lie in clusters, and these are the classes."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from narrows.data.sources import Images
from narrows.evaluation.support.features import beside
from narrows.evaluation.support.shared import Labels, Rows
from narrows.models.autoencoder import Autoencoder

STARTS = 10  # of k-means, the best by its own objective, which knows no labels


def clusters(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """How k-means, with as many clusters as there are classes, divides the test images: against their labels.

    clusters_nmi  normalised mutual information, 0 to 1 (Strehl & Ghosh 2002; arithmetic mean)
    clusters_ari  adjusted Rand index, 0 by chance, at most 1 (Hubert & Arabie 1985)

    On the codes as they are; the same with _pca on as many principal components, with _pixels on all pixels. Centres
    are found on at most 10,000 training images without their labels.
    """
    return beside(_agreement, autoencoder, train, test)


def _agreement(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    found = KMeans(len(np.unique(labels)), n_init=STARTS, random_state=0).fit(train).predict(test)
    return {
        "clusters_nmi": float(normalized_mutual_info_score(test_labels, found)),
        "clusters_ari": float(adjusted_rand_score(test_labels, found)),
    }
