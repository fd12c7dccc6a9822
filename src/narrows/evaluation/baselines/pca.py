"""Principal component analysis: the best any linear autoencoder can do (Baldi & Hornik 1989)."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import pixel_rows
from narrows.own.mapped import blocks

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
    few = width <= max(count, WIDE)
    axes = _axes_of_covariance(rows.T @ rows, count, mean) if few else _axes_of_rows(rows - mean)
    return _first(axes, min(components, count - 1, width), mean)


def _first(axes: Rows64, count: int, mean: NDArray[np.float64]) -> PCA:
    """The first components; the largest number of each is positive, since the sign is arbitrary."""
    largest = axes[range(len(axes)), np.abs(axes).argmax(1)]
    axes *= np.sign(largest)[:, np.newaxis]
    return PCA(np.array(axes[:count]), mean)


def _axes_of_covariance(covariance: Rows64, count: int, mean: NDArray[np.float64]) -> Rows64:
    """From the products of all pairs of columns (d, d), summed over `count` rows, which are overwritten."""
    covariance -= count * mean.reshape(-1, 1) * mean.reshape(1, -1)
    covariance /= count - 1
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
    pca, width = _all_components(train), test[0].numel()
    energy = _sum_over_rows(test, lambda rows: np.square(pca.transform(rows)).sum(0)) / len(test)
    variance = _sum_over_rows(test, lambda rows: np.square(rows - pca.mean).sum(0)) / len(test)
    outside = variance.sum() - energy.sum()
    errors = (outside + np.append(np.cumsum(energy[::-1])[::-1], 0.0)) / width
    return np.pad(errors, (0, width + 1 - len(errors)), mode="edge")


def _sum_over_rows(pixels: Tensor, sums: Callable[[Rows64], Any]) -> Any:  # noqa: ANN401 - an array or a number
    """The sum of what `sums` gives for blocks of rows."""
    return reduce(operator.add, (sums(_float64_rows(pixels[rows])) for rows in blocks(pixels.shape)))


def clipped_pca_mse(train: Tensor, test: Tensor, components: int) -> float:
    """As entry `components` of `pca_mse`, for uint8 images, with reconstructions clipped to [0, 1].

    An autoencoder whose last layer is squashed cannot leave that range either.
    """
    pca = _all_components(train)
    axes = pca.components[:components]

    def squares(rows: Rows64) -> float:
        rebuilt = (rows - pca.mean) @ axes.T @ axes + pca.mean
        return float(np.square(rebuilt.clip(0, 1) - rows).sum())

    return float(_sum_over_rows(test, squares)) / test.numel()


@cached
def _all_components(train: Tensor) -> PCA:
    count, width = len(train), train[0].numel()
    if len(list(blocks(train.shape))) == 1 or width > max(count, WIDE):
        return fit_pca(_float64_rows(train), width)
    mean = _sum_over_rows(train, lambda rows: rows.sum(0)) / count
    products = _sum_over_rows(train, lambda rows: rows.T @ rows)
    return _first(_axes_of_covariance(products, count, mean), min(count - 1, width), mean)


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
