"""Are images of other kinds reconstructed as well? An autoencoder that copies would reconstruct anything."""

from narrows.data.sources import Images
from narrows.evaluation.baselines.pca import pca_errors, pca_of
from narrows.evaluation.support.encoding import code_size
from narrows.evaluation.support.foreign_images import FOREIGN
from narrows.evaluation.support.reconstruction_errors import squared_errors
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder

MOST = 1000  # test images, drawn at random, that foreign ones are made of: the mean of their errors varies little


def copying(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Squared error of foreign images, mean over pixels in [0, 1], and that of PCA with as many components.

    mse_inverted       of inverted test images
    mse_shuffled       of test images whose pixels are permuted, all in the same way
    mse_noise          of pixels drawn at random from the test images
    mse_fashion        of as many of Fashion-MNIST's test images
    mse_<kind>_pca     of PCA fitted on the training images, not clipped

    1,000 images of each kind. An autoencoder that copies has low errors here, one that memorises high ones.
    Fashion-MNIST is read from NARROWS_DATA_DIR or `data/`. Raises UserError if it cannot be read or fetched.
    """
    pca = pca_of(train.pixels.cpu(), code_size(autoencoder, test.pixels))
    metrics: dict[str, float] = {}
    for kind, foreign in FOREIGN.items():
        pixels = foreign(random_subset(test.pixels, MOST).cpu())
        metrics[f"mse_{kind}"] = squared_errors(autoencoder, pixels.to(test.pixels.device)).mean().item()
        metrics[f"mse_{kind}_pca"] = float(pca_errors(pca, pixels).mean())
    return metrics
