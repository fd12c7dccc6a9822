"""The likelihood of test images by importance sampling, and how many numbers of the code carry information."""

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images
from narrows.evaluation.support.elbo import elbo, gap
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder
from narrows.runs.measures import active_units

IMAGES = 100  # 5 s for a decoder of 20-200-784
SAMPLES = 5000  # of each, as in Burda et al. 2016, section 5.1


def likelihood(autoencoder: Autoencoder, train: Images, test: Images, objective: str) -> dict[str, float]:
    """Of a variational code whose reconstruction error is called `objective`.

    nll           -log p(x) in nats, mean over the test images: their negative ELBO less the gap between it and the
                  bound from 5,000 importance samples of each (Burda et al. 2016, eq. 8), which is measured on 100 of
                  them; `narrows evaluate … samples=5000` computes the bound of all of them
    active_units  numbers of the code whose mean has a variance above 0.01 over the test images (section 5.2)

    With a model of 20 numbers on binarised digits, the bound of 100 images is within 6 nats of that of all images, this
    estimate within 0.4: between images the gap varies by 2 nats, the bound by 30.
    """
    codes = in_batches(autoencoder.encode, test.pixels)
    subset = random_subset(test.pixels, IMAGES)
    return {
        "nll": elbo(autoencoder, objective, test.pixels)["nelbo"] - gap(autoencoder, objective, subset, SAMPLES),
        "active_units": float(active_units(codes)),
    }
