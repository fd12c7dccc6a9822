"""Disentanglement, completeness and informativeness of a code."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.disentanglement.factor_scores import with_pca
from narrows.models.autoencoder import Autoencoder

MOST = 1000  # training images: boosted trees take a second for every 1,000 and each factor of twelve values
TINY = 1e-11  # is added to importances, of which the logarithm is taken


def dci(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The three scores of Eastwood & Williams 2018, section 2, each from 0 to 1; also with _pca.

    dci_disentanglement  1 minus the entropy of a number's importances for the factors, weighted by its importance
    dci_completeness     1 minus the entropy of a factor's importances over the numbers of the code, weighted by factor
    dci_informativeness  test accuracy of the classifiers that predict the factors, mean over factors

    Importances are those of disentanglement_lib's classifiers, scikit-learn's gradient boosted trees, one for each
    factor; fitted to 1,000 training images, where disentanglement_lib takes 10,000.
    """
    return with_pca(_scores, autoencoder, train, test)


def _scores(codes: Rows, factors: Labels, test_codes: Rows, test_factors: Labels) -> dict[str, float]:
    classifiers = [GradientBoostingClassifier(random_state=0).fit(codes[:MOST], factor) for factor in factors[:MOST].T]
    accuracies = [
        classifier.score(test_codes, factor) for classifier, factor in zip(classifiers, test_factors.T, strict=True)
    ]
    importances = np.stack([_importances(classifier) for classifier in classifiers], 1)
    return {
        "dci_disentanglement": disentanglement(importances),
        "dci_completeness": disentanglement(importances.T),
        "dci_informativeness": float(np.mean(accuracies)),
    }


def _importances(classifier: GradientBoostingClassifier) -> NDArray[np.float64]:
    """Of each number of the code for a factor, (k,); all 0 if no tree has a branch, where scikit-learn divides by 0."""
    with np.errstate(invalid="ignore"):
        importances: NDArray[np.float64] = np.nan_to_num(np.abs(classifier.feature_importances_))
    return importances


def disentanglement(importances: NDArray[np.float64]) -> float:
    """How much each row of importances (rows, columns) is about one column, weighted by the sums of the rows.

    1 if each row has one importance above 0, 0 if all importances of a row are equal. That of (numbers of the code,
    factors) is the disentanglement, that of its transpose the completeness.
    """
    rows, columns = importances.shape
    if columns == 1:
        return 1.0
    about_one = 1 - entropy(importances + TINY, base=columns, axis=1)
    weights = importances.sum(1) if importances.sum() > 0 else np.ones(rows)
    return float(np.average(about_one, weights=weights))
