"""Do clusters of the codes agree with the classes?"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.support.features import with_baselines
from narrows.models.autoencoder import Autoencoder

STARTS = 10  # of k-means; the one with the lowest within-cluster sum of squares is kept, without looking at labels


def clusters(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Agreement of k-means clusters, as many as there are classes, with the labels of the test images.

    clusters_nmi  normalised mutual information, 0 to 1 (Strehl & Ghosh 2002; arithmetic mean)
    clusters_ari  adjusted Rand index, 0 by chance, at most 1 (Hubert & Arabie 1985)

    Of the codes, not scaled; also with _pca for as many principal components and with _pixels for all pixels. The
    cluster centres are fitted on at most 10,000 training images without labels.
    """
    return with_baselines(_agreement, autoencoder, train, test)


def _agreement(train: Rows, labels: Labels, test: Rows, test_labels: Labels) -> dict[str, float]:
    assigned = KMeans(len(np.unique(labels)), n_init=STARTS, random_state=0).fit(train).predict(test)
    return {
        "clusters_nmi": float(normalized_mutual_info_score(test_labels, assigned)),
        "clusters_ari": float(adjusted_rand_score(test_labels, assigned)),
    }
