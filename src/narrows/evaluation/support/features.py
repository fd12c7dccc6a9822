"""Codes beside principal components and pixels: the three that a measure of features is taken of."""

from collections.abc import Callable

from torch import Tensor

from narrows.data.sources import Images
from narrows.evaluation.support.shared import Labels, Rows, codes, pca, remembered, rows
from narrows.models.autoencoder import Autoencoder

#: From training rows and labels, and test rows and labels, to named scores.
Score = Callable[[Rows, Labels, Rows, Labels], dict[str, float]]

#: Training images that a measure is fitted on, the first of the fixed order: more would cost minutes for the pixels
#: and change accuracies by less than their spread over seeds.
MOST = 10_000


def beside(score: Score, autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """`score` of the codes under its own names, and of two baselines under names that end in _pca and _pixels.

    The first are as many principal components of the training images as a code has numbers; all pixels the second.
    """
    train, labels, test_labels = train[:MOST], train.labels[:MOST].cpu().numpy(), test.labels.cpu().numpy()
    seen, unseen = codes(autoencoder, train.pixels), codes(autoencoder, test.pixels)
    found = score(seen, labels, unseen, test_labels)
    of_pca = _of_pca(score, seen.shape[1], train.pixels.cpu(), labels, test.pixels.cpu(), test_labels)
    of_pixels = _of_pixels(score, train.pixels.cpu(), labels, test.pixels.cpu(), test_labels)
    return found | _named(of_pca, "pca") | _named(of_pixels, "pixels")


@remembered
def _of_pca(
    score: Score, components: int, train: Tensor, labels: Labels, test: Tensor, test_labels: Labels
) -> dict[str, float]:
    fitted = pca(train, components)
    return score(fitted.transform(rows(train)), labels, fitted.transform(rows(test)), test_labels)


@remembered
def _of_pixels(score: Score, train: Tensor, labels: Labels, test: Tensor, test_labels: Labels) -> dict[str, float]:
    return score(rows(train), labels, rows(test), test_labels)


def _named(scores: dict[str, float], what: str) -> dict[str, float]:
    return {f"{name}_{what}": value for name, value in scores.items()}
