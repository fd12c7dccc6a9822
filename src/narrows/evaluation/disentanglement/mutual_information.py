"""Mutual information between the numbers of a code and factors."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mutual_info_score

from narrows.evaluation.baselines.pixel_rows import Labels, Rows

BINS = 20  # as in disentanglement_lib


def mutual_information(codes: Rows, factors: Labels) -> NDArray[np.float64]:
    """In nats, of each number of codes (N, k), cut into 20 bins of equal width, and each of factors (N, F): (k, F)."""
    return np.array(
        [[mutual_info_score(factor, bins) for factor in factors.T] for bins in map(_binned, codes.astype(float).T)]
    )


def entropies(factors: Labels) -> NDArray[np.float64]:
    """In nats, of each of factors (N, F): (F,)."""
    return np.array([mutual_info_score(factor, factor) for factor in factors.T])


def _binned(values: NDArray[np.float64]) -> Labels:
    _, edges = np.histogram(values, BINS)
    return np.digitize(values, edges[:-1])


def gap_of_largest(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the largest score of each column of (k, F) is above the second; above 0 if there is one row: (F,)."""
    second, first = np.sort(np.vstack([np.zeros(scores.shape[1]), scores]), axis=0)[-2:]
    gaps: NDArray[np.float64] = first - second
    return gaps
