"""A score of the codes as features, with the same score of principal components and of pixels as baselines."""

from collections.abc import Callable

from torch import Tensor

from narrows.data.sources import Images
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pca import pca_of
from narrows.evaluation.baselines.pixel_rows import Labels, Rows, pixel_rows
from narrows.evaluation.support.encoding import codes
from narrows.models.autoencoder import Autoencoder

#: From training rows and labels, and test rows and labels, to named scores. Labels (N,), or several of an image (N, F).
Score = Callable[[Rows, Labels, Rows, Labels], dict[str, float]]

#: Training images that classifiers and clusters are fitted on, the first of the fixed order: more would cost minutes
#: for the pixels and change accuracies by less than their spread over seeds.
MOST = 10_000


def class_labels(images: Images) -> Tensor:
    """The class of each image, (N,)."""
    return images.labels


def with_baselines(
    score: Score,
    autoencoder: Autoencoder,
    train: Images,
    test: Images,
    of_pixels: bool = True,
    labels_of: Callable[[Images], Tensor] = class_labels,
) -> dict[str, float]:
    """`score` of the codes, and of two baselines under names that end in _pca and _pixels.

    _pca     as many principal components of the training images as a code has numbers
    _pixels  all pixels, if `of_pixels`
    """
    train = train[:MOST]
    labels, test_labels = labels_of(train).cpu().numpy(), labels_of(test).cpu().numpy()
    train_codes, test_codes = codes(autoencoder, train.pixels), codes(autoencoder, test.pixels)
    components = train_codes.shape[1]
    pixels, test_pixels = (autoencoder.target(part.pixels).cpu() for part in (train, test))
    of_pca = _of_pca(score, components, pixels, labels, test_pixels, test_labels)
    scores = score(train_codes, labels, test_codes, test_labels) | _named(of_pca, "pca")
    if of_pixels:
        scores |= _named(_of_pixels(score, pixels, labels, test_pixels, test_labels), "pixels")
    return scores


@cached
def _of_pca(
    score: Score, components: int, train: Tensor, labels: Labels, test: Tensor, test_labels: Labels
) -> dict[str, float]:
    pca = pca_of(train, components)
    return score(pca.transform(pixel_rows(train)), labels, pca.transform(pixel_rows(test)), test_labels)


@cached
def _of_pixels(score: Score, train: Tensor, labels: Labels, test: Tensor, test_labels: Labels) -> dict[str, float]:
    return score(pixel_rows(train), labels, pixel_rows(test), test_labels)


def _named(scores: dict[str, float], baseline: str) -> dict[str, float]:
    return {f"{name}_{baseline}": value for name, value in scores.items()}
