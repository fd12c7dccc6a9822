"""Did the autoencoder learn digits, or store its training images? Generalisation gap, neighbours, attractors."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images, as_floats
from narrows.evaluation.baselines.pca import pca_errors, pca_of, projected
from narrows.evaluation.support.encoding import code_size
from narrows.evaluation.support.jacobian import decoder_jacobian
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder
from narrows.objective.terms import jacobian

NEIGHBOURED = 1000  # test images, drawn at random, whose nearest training images are searched
STARTS = 50  # training images that are tested for being attractors
MAPS = 10  # training images of which the Jacobian of the whole map is computed: 0.2 s each for a code of 512 numbers
PASSES = 100  # through the autoencoder; Radhakrishnan et al. (2018) need fewer until theirs converge
CONVERGED = 0.01  # MSE below which the result is the training image: other digits are at least 0.03 away


def memorisation(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Signs that training images were stored; gap and nearest also for PCA with as many components.

    gap, gap_pca          squared error per pixel of the test images minus that of the training images
    nearest, nearest_pca  distance of a reconstruction to the nearest training image over its distance to its own
                          input, median over 1,000 test images: below 1 it is nearer to a training image
    radius                spectral radius of the Jacobian of the whole map at 10 training images, their mean: below 1
                          the map is a contraction there
    attractors            share of 50 training images that are recovered, to an MSE below 0.01, by 100 passes through
                          the autoencoder from the image with half of its pixels replaced by the mean (Radhakrishnan et
                          al. 2018, section 3; 2020, definition of an attractor)
    """
    pca = pca_of(train.pixels.cpu(), code_size(autoencoder, test.pixels))
    searched, training = random_subset(test.pixels, NEIGHBOURED), as_floats(train.pixels).flatten(1)
    inputs, outputs = as_floats(searched).flatten(1), in_batches(autoencoder.reconstruct, searched).flatten(1)
    starts = as_floats(train.pixels[:STARTS])
    return {
        "gap": _gap(lambda pixels: float(squared_errors(autoencoder, pixels).mean()), train, test),
        "gap_pca": _gap(lambda pixels: float(pca_errors(pca, pixels).mean()), train, test),
        "nearest": _nearest(outputs, inputs, training),
        "nearest_pca": _nearest(torch.from_numpy(projected(pca, searched)).to(training), inputs, training),
        "radius": _radius(autoencoder, starts[:MAPS]),
        "attractors": _attractors(autoencoder, starts, training.mean(0)),
    }


def _gap(error: Callable[[Tensor], float], train: Images, test: Images) -> float:
    return error(test.pixels) - error(train.pixels)


def _nearest(outputs: Tensor, inputs: Tensor, training: Tensor) -> float:
    """Median ratio of distances as in `memorisation`: outputs and inputs (N, pixels), training images (M, pixels)."""
    to_training = torch.cdist(outputs, training).min(1).values
    ratios: Tensor = to_training / (outputs - inputs).norm(dim=1).clamp(min=1e-12)
    return ratios.median().item()


def _radius(autoencoder: Autoencoder, images: Tensor) -> float:
    """Mean spectral radius of the Jacobian D·E of decoder and encoder at each image.

    Computed from the small matrix E·D, (k, k), which has the same non-zero eigenvalues.
    """
    encoder = jacobian(autoencoder, images)  # (B, k, pixels)
    with torch.no_grad():
        products = encoder @ decoder_jacobian(autoencoder, autoencoder.encode(images))
    return float(np.abs(np.linalg.eigvals(products.double().cpu().numpy())).max(1).mean())


@torch.no_grad()
def _attractors(autoencoder: Autoencoder, images: Tensor, mean: Tensor) -> float:
    """The share of images that repeated passes recover after half of their pixels were replaced.

    The replaced pixels form a chessboard pattern and take the values of the mean image.
    """
    rows, columns = torch.meshgrid(*(torch.arange(size) for size in images.shape[2:]), indexing="ij")
    hidden = ((rows + columns) % 2 == 0).to(images.device)
    iterate = torch.where(hidden, mean.view(images.shape[1:]), images)
    for _ in range(PASSES):
        iterate = autoencoder.reconstruct(iterate)
    return ((iterate - images).square().flatten(1).mean(1) < CONVERGED).double().mean().item()
