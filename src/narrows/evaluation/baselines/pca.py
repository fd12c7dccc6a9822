"""Principal component analysis: the best any linear autoencoder can do (Baldi & Hornik 1989)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import pixel_rows

Rows64 = NDArray[np.float64]

#: Up to so many pixels, PCA is computed from their covariance matrix: 32 MB at most.
WIDE = 2000


@dataclass(frozen=True)
class PCA:
    """Principal components (k, d), the first the longest, and the mean (d,), in float64.

    All numbers are, bit for bit, those of scikit-learn's PCA, whose import takes longer than the evaluation of a run.
    """

    components: Rows64
    mean: NDArray[np.float64]

    def transform(self, rows: NDArray[Any]) -> NDArray[Any]:
        """The coordinates (N, k) of rows (N, d) of any floating type."""
        transformed = rows @ self.components.T
        transformed -= self.mean.reshape(1, -1) @ self.components.T
        return transformed

    def inverse_transform(self, coordinates: NDArray[Any]) -> NDArray[Any]:
        """The rows (N, d) of coordinates (N, k) of any floating type."""
        return coordinates @ self.components + self.mean


def fit_pca(rows: Rows64, components: int) -> PCA:
    """PCA of rows (N, d), centred, with at most as many components as they span, which is N - 1 or d."""
    count, width = rows.shape
    mean = rows.mean(0)
    axes = _axes_of_covariance(rows, mean) if width <= max(count, WIDE) else _axes_of_rows(rows - mean)
    largest = axes[range(len(axes)), np.abs(axes).argmax(1)]
    axes *= np.sign(largest)[:, np.newaxis]  # the largest number of each is positive: the sign is arbitrary
    return PCA(np.array(axes[: min(components, count - 1, width)]), mean)


def _axes_of_covariance(rows: Rows64, mean: NDArray[np.float64]) -> Rows64:
    covariance = rows.T @ rows
    covariance -= len(rows) * mean.reshape(-1, 1) * mean.reshape(1, -1)
    covariance /= len(rows) - 1
    vectors = np.linalg.eigh(covariance)[1]
    return np.flip(vectors, axis=1).T


def _axes_of_rows(centred: Rows64) -> Rows64:
    from scipy.linalg import svd

    axes: Rows64 = svd(centred, full_matrices=False)[2]
    return axes


def pca_mse(train: Tensor, test: Tensor) -> np.ndarray:
    """The test error of PCA for every code size: entry k is the MSE with k components, k = 0 … C·H·W.

    Fitted on `train`, scored on `test`, both (N, C, H, W), uint8 pixels or float32; squared error, mean over pixels in
    [0, 1] (floats: in their own units), not clipped. The error with k components is the energy of the remaining ones,
    so one fit serves every k. Components beyond those that the training images span change nothing.
    """
    test_rows, pca = _float64_rows(test), _all_components(train)
    energy = np.square(pca.transform(test_rows)).mean(0)
    outside = np.square(test_rows - pca.mean).mean(0).sum() - energy.sum()
    errors = (outside + np.append(np.cumsum(energy[::-1])[::-1], 0.0)) / test_rows.shape[1]
    return np.pad(errors, (0, test_rows.shape[1] + 1 - len(errors)), mode="edge")


def clipped_pca_mse(train: Tensor, test: Tensor, components: int) -> float:
    """As entry `components` of `pca_mse`, for uint8 images, with reconstructions clipped to [0, 1].

    An autoencoder whose last layer is squashed cannot leave that range either.
    """
    rows, pca = _float64_rows(test), _all_components(train)
    axes = pca.components[:components]
    rebuilt = (rows - pca.mean) @ axes.T @ axes + pca.mean
    return float(np.square(rebuilt.clip(0, 1) - rows).mean())


@cached
def _all_components(train: Tensor) -> PCA:
    rows = _float64_rows(train)
    return fit_pca(rows, rows.shape[1])


def _float64_rows(pixels: Tensor) -> Rows64:
    """Rows (N, C·H·W) in float64. `pixel_rows` would round them to float32, as the inputs of an autoencoder are."""
    return pixels.flatten(1).double().numpy() / (1.0 if pixels.is_floating_point() else 255.0)


@cached
def pca_of(train: Tensor, components: int) -> PCA:
    """PCA of uint8 training images (N, C, H, W)."""
    return fit_pca(pixel_rows(train).astype(np.float64), components)


def projected(pca: PCA, pixels: Tensor) -> Rows64:
    """Uint8 images (N, C, H, W) projected on the components, as rows (N, C·H·W), not clipped."""
    rows: Rows64 = pca.inverse_transform(pca.transform(pixel_rows(pixels).astype(np.float64)))
    return rows


def pca_errors(pca: PCA, pixels: Tensor) -> NDArray[np.float64]:
    """PCA's squared error of each uint8 image (N, C, H, W), mean over its pixels in [0, 1], (N,)."""
    errors: NDArray[np.float64] = np.square(projected(pca, pixels) - pixel_rows(pixels)).mean(1)
    return errors
