"""Separated attribute predictability: does one number of the code alone predict each factor?"""

import numpy as np
from sklearn.svm import LinearSVC

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.disentanglement.factor_scores import with_pca
from narrows.evaluation.disentanglement.mutual_information import gap_of_largest
from narrows.models.autoencoder import Autoencoder


def sap(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The score of Kumar et al. 2018, section 4, from 0 to 1; also with _pca.

    sap  for each factor, by how much the test accuracy of a linear classifier on one number of the code is above that
         on the second best; mean over factors

    The classifier is disentanglement_lib's: a linear support vector machine with C = 0.01 and balanced classes, fitted
    to at most 10,000 training images.
    """
    return with_pca(_gap, autoencoder, train, test)


def _gap(codes: Rows, factors: Labels, test_codes: Rows, test_factors: Labels) -> dict[str, float]:
    accuracies = np.array(
        [
            [
                _accuracy(codes[:, [number]], train, test_codes[:, [number]], test)
                for train, test in _each(factors, test_factors)
            ]
            for number in range(codes.shape[1])
        ]
    )
    return {"sap": float(gap_of_largest(accuracies).mean())}


def _each(factors: Labels, test_factors: Labels) -> list[tuple[Labels, Labels]]:
    """The values of each factor in training and test images."""
    return list(zip(factors.T, test_factors.T, strict=True))


def _accuracy(codes: Rows, factor: Labels, test_codes: Rows, test_factor: Labels) -> float:
    classifier = LinearSVC(
        C=0.01, class_weight="balanced", dual=False
    )  # the primal problem, of which the data are many
    return float(classifier.fit(codes, factor).score(test_codes, test_factor))
