"""Does the reconstruction error find images of classes that the autoencoder was not trained on?"""

import torch

from narrows.data.sources import Images
from narrows.errors import UserError
from narrows.evaluation.support.detection import Searched, detection
from narrows.models.autoencoder import Autoencoder


def anomaly(autoencoder: Autoencoder, train: Images, test: Images, val: Images) -> dict[str, float]:
    """`detection` of test images whose class does not occur in the training images, as anomaly_<quantity>.

    The protocol of one-class MNIST (Ruff et al. 2018): data.classes=[d], all test images scored. Raises UserError if
    every test image has a class of the training images.
    """
    normal = torch.isin(test.labels, train.labels)
    if normal.all():
        raise UserError(
            "evaluation=anomaly: the training images have all classes of the test images; "
            "leave some out, e.g. data.classes=[0]"
        )
    metrics = detection(autoencoder, train.pixels, val.pixels, Searched(test.pixels[normal], test.pixels[~normal]))
    return {f"anomaly_{quantity}": value for quantity, value in metrics.items()}
