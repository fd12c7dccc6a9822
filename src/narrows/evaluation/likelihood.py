"""The likelihood of test images by importance sampling, and how many numbers of the code carry information."""

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images
from narrows.evaluation.support.elbo import importance_bound
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder
from narrows.runs.measures import active_units

IMAGES = 100  # 5 s for a decoder of 20-200-784; their mean is within 5 nats of that of all of MNIST's test images
SAMPLES = 5000  # of each, as in Burda et al. 2016, section 5.1


def likelihood(autoencoder: Autoencoder, train: Images, test: Images, objective: str) -> dict[str, float]:
    """Of a variational code whose reconstruction error is called `objective`.

    nll           -log p(x) in nats, mean over 100 test images: its bound from 5,000 importance samples of each
                  (Burda et al. 2016, eq. 8); `narrows evaluate … samples=5000` computes it of all of them
    active_units  numbers of the code whose mean has a variance above 0.01 over the test images (section 5.2)
    """
    codes = in_batches(autoencoder.encode, test.pixels)
    return {
        "nll": importance_bound(autoencoder, objective, random_subset(test.pixels, IMAGES), SAMPLES),
        "active_units": float(active_units(codes)),
    }
