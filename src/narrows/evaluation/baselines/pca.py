"""Principal component analysis: the best any linear autoencoder can do (Baldi & Hornik 1989)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from torch import Tensor

from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import pixel_rows

#: Up to so many pixels, PCA is computed from their covariance matrix: 32 MB at most.
WIDE = 2000


def fit_pca(rows: NDArray[np.float64], components: int) -> PCA:
    """PCA of rows (N, d), centred, with at most as many components as they span, which is N - 1 or d."""
    count, width = rows.shape
    solver = "covariance_eigh" if width <= max(count, WIDE) else "full"
    return PCA(min(components, count - 1, width), svd_solver=solver).fit(rows)


def pca_mse(train: Tensor, test: Tensor) -> np.ndarray:
    """The test error of PCA for every code size: entry k is the MSE with k components, k = 0 … C·H·W.

    Fitted on `train`, scored on `test`, both (N, C, H, W), uint8 pixels or float32; squared error, mean over pixels in
    [0, 1] (floats: in their own units), not clipped. The error with k components is the energy of the remaining ones,
    so one fit serves every k. Components beyond those that the training images span change nothing.
    """
    test_rows, pca = _float64_rows(test), _all_components(train)
    energy = np.square(pca.transform(test_rows)).mean(0)
    outside = np.square(test_rows - pca.mean_).mean(0).sum() - energy.sum()
    errors = (outside + np.append(np.cumsum(energy[::-1])[::-1], 0.0)) / test_rows.shape[1]
    return np.pad(errors, (0, test_rows.shape[1] + 1 - len(errors)), mode="edge")


def clipped_pca_mse(train: Tensor, test: Tensor, components: int) -> float:
    """As entry `components` of `pca_mse`, for uint8 images, with reconstructions clipped to [0, 1].

    An autoencoder whose last layer is squashed cannot leave that range either.
    """
    rows, pca = _float64_rows(test), _all_components(train)
    axes = pca.components_[:components]
    rebuilt = (rows - pca.mean_) @ axes.T @ axes + pca.mean_
    return float(np.square(rebuilt.clip(0, 1) - rows).mean())


@cached
def _all_components(train: Tensor) -> PCA:
    rows = _float64_rows(train)
    return fit_pca(rows, rows.shape[1])


def _float64_rows(pixels: Tensor) -> NDArray[np.float64]:
    """Rows (N, C·H·W) in float64. `pixel_rows` would round them to float32, as the inputs of an autoencoder are."""
    return pixels.flatten(1).double().numpy() / (1.0 if pixels.is_floating_point() else 255.0)


@cached
def pca_of(train: Tensor, components: int) -> PCA:
    """PCA of uint8 training images (N, C, H, W)."""
    return fit_pca(pixel_rows(train).astype(np.float64), components)


def projected(pca: PCA, pixels: Tensor) -> NDArray[np.float64]:
    """Uint8 images (N, C, H, W) projected on the components, as rows (N, C·H·W), not clipped."""
    rows: NDArray[np.float64] = pca.inverse_transform(pca.transform(pixel_rows(pixels).astype(np.float64)))
    return rows


def pca_errors(pca: PCA, pixels: Tensor) -> NDArray[np.float64]:
    """PCA's squared error of each uint8 image (N, C, H, W), mean over its pixels in [0, 1], (N,)."""
    errors: NDArray[np.float64] = np.square(projected(pca, pixels) - pixel_rows(pixels)).mean(1)
    return errors
