"""Does the reconstruction error find images of another data set?"""

import torch

from narrows.data.sources import Images, load
from narrows.evaluation.support.detection import detection
from narrows.models.autoencoder import Autoencoder
from narrows.paths import data_root

MOST = 5_000  # training images for the threshold and the baselines: the nearest of 60,000 would take minutes


def other_dataset(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """`detection` of Fashion-MNIST's test images among these, or of MNIST's among Fashion-MNIST's: foreign_<quantity>.

    At most 5,000 training images set the threshold and fit the baselines. The other data set is read from
    NARROWS_DATA_DIR or `data/`. Raises UserError if it cannot be read or fetched.
    """
    other = load("fashion_mnist", data_root()).test.pixels
    if torch.equal(other[:1], test.pixels[:1].cpu()):
        other = load("mnist", data_root()).test.pixels
    metrics = detection(autoencoder, train.pixels[:MOST], test.pixels, other.to(test.pixels.device))
    return {f"foreign_{quantity}": value for quantity, value in metrics.items()}
