"""A score of codes and of the known factors of their images, with the same score of principal components."""

from functools import partial

from torch import Tensor

from narrows.data.sources import Images
from narrows.evaluation.support.features import Score, with_baselines
from narrows.models.autoencoder import Autoencoder


def with_pca(score: Score, autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """`score` of the codes, and of as many principal components under names that end in _pca.

    It is given codes (N, k) and factors (N, F), int64, of at most 10,000 training images, then of the test images.
    Factors that do not vary in the training images are left out.
    """
    factors = _factors(train)
    varying = factors.amax(0) > factors.amin(0)
    return with_baselines(score, autoencoder, train, test, False, partial(_chosen, varying))


def _factors(images: Images) -> Tensor:
    assert images.factors is not None, "refused by FACTORS of the table of evaluations"
    return images.factors


def _chosen(varying: Tensor, images: Images) -> Tensor:
    return _factors(images)[:, varying]
