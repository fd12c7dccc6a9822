"""Does the reconstruction error find images of another data set?"""

import torch

from narrows.data.sources import Images, load
from narrows.evaluation.support.detection import Searched, detection
from narrows.models.autoencoder import Autoencoder
from narrows.paths import data_root

MOST = 5_000  # training images for the baselines: the search for nearest neighbours is slow with 60,000


def other_dataset(autoencoder: Autoencoder, train: Images, test: Images, val: Images) -> dict[str, float]:
    """`detection` of another data set's test images among those of `test`, as foreign_<quantity>.

    The other data set is Fashion-MNIST, or MNIST if `test` is Fashion-MNIST; it is read from NARROWS_DATA_DIR or
    `data/`. Baselines are fitted to at most 5,000 training images. Raises UserError if the other data set
    cannot be read or fetched.
    """
    other = load("fashion_mnist", data_root()).test.pixels
    if torch.equal(other[:1], test.pixels[:1].cpu()):
        other = load("mnist", data_root()).test.pixels
    searched = Searched(test.pixels, other.to(test.pixels.device))
    metrics = detection(autoencoder, train.pixels[:MOST], val.pixels, searched)
    return {f"foreign_{quantity}": value for quantity, value in metrics.items()}
