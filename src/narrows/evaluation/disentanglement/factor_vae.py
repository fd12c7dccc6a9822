"""The score of FactorVAE: which number of the code does not vary when a factor is fixed?"""

import numpy as np
from numpy.typing import NDArray

from narrows.data.sources import Images
from narrows.evaluation.baselines.pixel_rows import Labels, Rows
from narrows.evaluation.disentanglement.factor_scores import with_pca
from narrows.models.autoencoder import Autoencoder

VOTES, TEST_VOTES = 10_000, 5000
BATCH = 64  # images of each vote
LEAST = 0.05  # standard deviation of a number of the code that takes part


def factor_vae(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """The score of Kim & Mnih 2018, section 4, the share of right votes in [0, 1]; also with _pca.

    factor_vae  For a vote a factor is fixed at the value of a random image, and 64 images with this value are drawn.
                The number of the code whose variance over them, in shares of its variance over all images, is least
                votes for the factor. Each number stands for the factor that most of its 10,000 votes on training
                images were for; the score is the share of 5,000 votes on test images that are for this factor.

    1 / factors by chance. Numbers of the code with a standard deviation below 0.05 are left out, as in
    disentanglement_lib; 0 if all are.
    """
    return with_pca(_score, autoencoder, train, test)


def _score(codes: Rows, factors: Labels, test_codes: Rows, test_factors: Labels) -> dict[str, float]:
    variances = codes.var(0, ddof=1)
    active = np.sqrt(variances) >= LEAST
    if not active.any():
        return {"factor_vae": 0.0}
    random = np.random.RandomState(0)
    train = votes(codes[:, active], factors, variances[active], VOTES, random)
    test = votes(test_codes[:, active], test_factors, variances[active], TEST_VOTES, random)
    right = test[np.arange(len(train)), train.argmax(1)].sum()
    return {"factor_vae": float(right / test.sum())}


def votes(
    codes: Rows, factors: Labels, variances: Rows, count: int, random: np.random.RandomState
) -> NDArray[np.int64]:
    """How often each number of codes (N, k) had the least variance while each of factors (N, F) was fixed: (k, F)."""
    kinds = factors.shape[1]
    counts = random.multinomial(count, np.full(kinds, 1 / kinds))
    by_factor = [_votes(codes, factors[:, kind], variances, counts[kind], random) for kind in range(kinds)]
    return np.stack(by_factor, 1)


def _votes(
    codes: Rows, factor: Labels, variances: Rows, count: int, random: np.random.RandomState
) -> NDArray[np.int64]:
    """How often each number of the codes had the least variance while this factor (N,) was fixed, (k,)."""
    order = np.argsort(factor, kind="stable")
    fixed, ordered = factor[random.randint(len(factor), size=count)], factor[order]
    first, last = np.searchsorted(ordered, fixed, "left"), np.searchsorted(ordered, fixed, "right")
    drawn = first + (random.random_sample((BATCH, count)) * (last - first)).astype(int)
    shares = codes[order[drawn]].var(0, ddof=1) / variances
    return np.bincount(shares.argmin(1), minlength=codes.shape[1])
