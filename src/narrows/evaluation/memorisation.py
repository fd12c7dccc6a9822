"""Whether an autoencoder learned digits or its training images: gaps, neighbours and attractors."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from narrows.data.sources import Images, as_floats
from narrows.evaluation.reconstruction import squared_errors
from narrows.evaluation.smoothness import decoder_jacobian
from narrows.evaluation.support.shared import codes, linear_errors, pca, rebuilt
from narrows.models.autoencoder import Autoencoder
from narrows.objective.terms import jacobian

MOST = 1000  # test images whose neighbours are looked for
STARTS = 50  # training images that are asked whether they are attractors
PASSES = 100  # through the autoencoder: Radhakrishnan et al. (2018) see the ends of theirs after fewer
AT_HOME = 0.01  # MSE within which an end is its training image: the nearest other digit is at 0.03


def memorisation(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Signs that training images were stored, with PCA of as many components as the yardstick.

    gap, gap_pca          squared error per pixel of the test images minus that of the training images
    nearest, nearest_pca  distance of a reconstruction to the nearest training image over its distance to its own
                          input, median over 1,000 test images: below 1 it looks more like what was trained on
    radius                spectral radius of the Jacobian of the whole map at 50 training images, their mean: below 1
                          the map contracts there
    attractors            share of these images that 100 passes through the autoencoder, from an image half of whose
                          pixels are replaced by the mean, bring back to an MSE of 0.01 (Radhakrishnan et al. 2018,
                          section 3; 2020, definition of an attractor)
    """
    linear = pca(train.pixels.cpu(), codes(autoencoder, test.pixels[:1]).shape[1])
    own, known = test.pixels[:MOST], as_floats(train.pixels).flatten(1)
    inputs = as_floats(own).flatten(1)
    with torch.no_grad():
        outputs = autoencoder.reconstruct(as_floats(own)).flatten(1)
    projected = torch.from_numpy(rebuilt(linear, own)).to(known)
    few = as_floats(train.pixels[:STARTS])
    return {
        "gap": _gap(lambda pixels: float(squared_errors(autoencoder, pixels).mean()), train, test),
        "gap_pca": _gap(lambda pixels: float(linear_errors(linear, pixels).mean()), train, test),
        "nearest": _nearest(outputs, inputs, known),
        "nearest_pca": _nearest(projected, inputs, known),
        "radius": _radius(autoencoder, few),
        "attractors": _attractors(autoencoder, few, known.mean(0)),
    }


def _gap(error: Callable[[Tensor], float], train: Images, test: Images) -> float:
    return error(test.pixels) - error(train.pixels)


def _nearest(outputs: Tensor, inputs: Tensor, known: Tensor) -> float:
    """Rows (N, pixels) and training rows (M, pixels)."""
    to_known = torch.cdist(outputs, known).min(1).values
    ratios: Tensor = to_known / (outputs - inputs).norm(dim=1).clamp(min=1e-12)
    return ratios.median().item()


def _radius(autoencoder: Autoencoder, images: Tensor) -> float:
    """The pixels' Jacobian D·E has the eigenvalues of E·D, (k, k), and zeros."""
    encoder = jacobian(autoencoder, images)  # (B, k, pixels)
    with torch.no_grad():
        products = encoder @ decoder_jacobian(autoencoder, autoencoder.encode(images))
    return float(np.abs(np.linalg.eigvals(products.double().cpu().numpy())).max(1).mean())


@torch.no_grad()
def _attractors(autoencoder: Autoencoder, images: Tensor, mean: Tensor) -> float:
    """Every second pixel, as on a chessboard, is replaced."""
    rows, columns = torch.meshgrid(*(torch.arange(size) for size in images.shape[2:]), indexing="ij")
    hidden = ((rows + columns) % 2 == 0).to(images.device)
    found = torch.where(hidden, mean.view(images.shape[1:]), images)
    for _ in range(PASSES):
        found = autoencoder.reconstruct(found)
    return ((found - images).square().flatten(1).mean(1) < AT_HOME).double().mean().item()
