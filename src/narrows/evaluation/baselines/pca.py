"""Principal component analysis: the best any linear autoencoder can do (Baldi & Hornik 1989)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import Tensor

#: Pixels up to which their covariance is a small matrix: 32 MB.
WIDE = 2000


def pca_mse(train: Tensor, test: Tensor) -> np.ndarray:
    """The test error of PCA for every code size: entry k is the MSE with k components, k = 0 … C·H·W.

    Fitted on `train`, scored on `test`, both (N, C, H, W), uint8 or, where they are no pixels, float32 as they are;
    centred, not clipped; squared error, mean over pixels in [0, 1]. The error with k components is the energy of the
    rest, so one fit serves every k. Components beyond what fewer images than pixels can span add nothing.
    """
    train_rows, test_rows = _rows(train), _rows(test)
    spanned = min(len(train_rows) - 1, train_rows.shape[1])  # what n centred images span
    solver = "covariance_eigh" if train_rows.shape[1] <= max(len(train_rows), WIDE) else "full"
    pca = PCA(spanned, svd_solver=solver).fit(train_rows)
    energy = np.square(pca.transform(test_rows)).mean(0)
    outside = np.square(test_rows - pca.mean_).mean(0).sum() - energy.sum()
    errors = (outside + np.append(np.cumsum(energy[::-1])[::-1], 0.0)) / test_rows.shape[1]
    return np.pad(errors, (0, test_rows.shape[1] + 1 - len(errors)), mode="edge")


def _rows(pixels: Tensor) -> NDArray[np.float64]:
    return pixels.flatten(1).double().numpy() / (1.0 if pixels.is_floating_point() else 255.0)
