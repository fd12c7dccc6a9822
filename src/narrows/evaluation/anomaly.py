"""Whether reconstruction error finds images of the classes that an autoencoder never saw."""

import torch

from narrows.data.sources import Images
from narrows.errors import UserError
from narrows.evaluation.support.detection import detection
from narrows.models.autoencoder import Autoencoder


def anomaly(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """`detection` of test images of other classes than those of the training images, as anomaly_<quantity>.

    The protocol of one-class MNIST (Ruff et al. 2018): data.classes=[d], all test images scored. Raises UserError where
    the test images hold no other class.
    """
    normal = torch.isin(test.labels, train.labels)
    if normal.all():
        raise UserError("evaluation=anomaly: all classes were trained on; data.classes=[0] leaves others to be found")
    found = detection(autoencoder, train.pixels, test.pixels[normal], test.pixels[~normal])
    return {f"anomaly_{quantity}": value for quantity, value in found.items()}
