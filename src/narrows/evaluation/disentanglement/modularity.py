"""Does each number of the code tell of one factor only?"""

import numpy as np
from numpy.typing import NDArray

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.disentanglement.factor_scores import with_pca
from narrows.evaluation.disentanglement.mutual_information import mutual_information
from narrows.models.autoencoder import Autoencoder


def modularity(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The modularity of Ridgeway & Mozer 2018, eq. 2, from 0 to 1; also with _pca.

    modularity  for each number of the code 1 minus the mean squared mutual information with the other factors, in
                shares of the squared one with its own factor, the largest; mean over numbers. 0 for a number that
                tells nothing

    Of at most 10,000 training images. Numbers of the code are cut into 20 bins, as in disentanglement_lib.
    """
    return with_pca(_score, autoencoder, train, test)


def _score(codes: Rows, factors: Labels, *_: object) -> dict[str, float]:
    return {"modularity": float(of_each(mutual_information(codes, factors)).mean())}


def of_each(information: NDArray[np.float64]) -> NDArray[np.float64]:
    """The modularity of each number of the code, (k,), from its mutual information with factors, (k, F)."""
    squares = information**2
    largest = squares.max(1)
    others = (squares.sum(1) - largest) / (information.shape[1] - 1)
    return np.where(largest > 0, 1 - others / np.where(largest > 0, largest, 1), 0.0)
