"""How accurate is a classifier with few labels that starts from an encoder trained without labels?"""

from statistics import mean

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from narrows.data.sources import Images
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import pixel_rows
from narrows.evaluation.support.label_classifiers import accuracy, classifiers, fit
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator

LABELS = (10, 100, 1000, 5000)
DRAWS = 3  # of labelled images: with ten labels the accuracy differs by several points between draws


def few_labels(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Test accuracy of classifiers trained on n labels, the share of test images in [0, 1].

    few_labels_<n>_frozen   a linear layer on the encoder's standardised codes
    few_labels_<n>_tuned    encoder and linear layer, both trained, starting from the trained encoder
    few_labels_<n>_scratch  the same, starting from PyTorch's initialisation of the encoder
    few_labels_<n>_pixels   logistic regression on pixels (scikit-learn, C = 1), without a network

    For n = 10, 100, 1000 and 5000, at most the number of training images; each class equally often. The first three
    have the same labelled images, the same budget (500 steps of 64 images) and the same standardisation of the code, by
    the first 1000 training images without labels. Means over three draws of labelled images, the same for every
    autoencoder. The remaining randomness is seeded by the autoencoder's weights, so that it differs between seeds. The
    cost of pretraining is not part of the budget.
    """
    metrics: dict[str, float] = {}
    for count in (count for count in LABELS if count <= len(train)):
        draws = [_scores(autoencoder, train, test, count, draw) for draw in range(DRAWS)]
        metrics |= {f"few_labels_{count}_{name}": mean(draw[name] for draw in draws) for name in draws[0]}
    return metrics


def _scores(autoencoder: Autoencoder, train: Images, test: Images, count: int, draw: int) -> dict[str, float]:
    """The accuracy of each classifier with `count` labels."""
    labelled, seed = train[balanced(train.labels, count, draw)], _seed(autoencoder) + draw
    starts = classifiers(autoencoder, train, seed)
    scores = {name: accuracy(fit(start, labelled, seed), test) for name, start in starts.items()}
    return scores | {"pixels": _logistic(labelled.pixels, labelled.labels, test.pixels, test.labels)}


def _seed(autoencoder: Autoencoder) -> int:
    """A seed computed from the weights, so that autoencoders with different weights get different seeds."""
    return int(sum(parameter.double().abs().sum().item() for parameter in autoencoder.parameters()) * 1e6)


def balanced(labels: Tensor, count: int, seed: int) -> Tensor:
    """Indices (count,) of images drawn at random with the classes in turn, given the labels (N,) of all images.

    The n-th image of every class comes before the (n + 1)-th of any class.
    """
    order = torch.randperm(len(labels), generator=generator(seed, "labelled")).to(labels.device)
    position = torch.zeros_like(order)  # of each image within its class
    for label in labels.unique():
        of_class = labels[order] == label
        position[of_class] = torch.arange(int(of_class.sum()), device=labels.device)
    return order[position.argsort(stable=True)[:count]]


@cached
def _logistic(pixels: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    classifier = LogisticRegression(max_iter=200).fit(pixel_rows(pixels), labels.cpu().numpy())
    return float(classifier.score(pixel_rows(test), test_labels.cpu().numpy()))
