"""What does a classifier of images lose when it is given reconstructions?"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.sources import Images
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import Labels, pixel_rows
from narrows.evaluation.support.features import MOST
from narrows.models.autoencoder import Autoencoder

STEPS = 200  # of L-BFGS, as for `probe`


def downstream(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Cross-entropy of a linear classifier of test images, in nats, that was fitted on training images.

    downstream_loss       of their reconstructions
    downstream_images     of the images themselves
    downstream_recovered  1 for the loss of the images, 0 for that of the mean training image in place of each, linear
                          between them (the “loss recovered” of Bricken et al. 2023, there of a language model)

    Logistic regression on all pixels, fitted on at most 10,000 training images and standardised by them.
    """
    first, labels, test_labels = train[:MOST], train.labels[:MOST].cpu().numpy(), test.labels.cpu().numpy()
    classifier = _fitted(first.pixels.cpu(), labels)
    rebuilt = in_batches(lambda images: autoencoder.reconstruct(images).cpu(), test.pixels)
    mean = pixel_rows(first.pixels).mean(0, keepdims=True)
    of_images = _loss(classifier, pixel_rows(test.pixels), test_labels)
    of_rebuilt = _loss(classifier, pixel_rows(rebuilt), test_labels)
    of_mean = _loss(classifier, np.repeat(mean, len(test), axis=0), test_labels)
    return {
        "downstream_loss": of_rebuilt,
        "downstream_images": of_images,
        "downstream_recovered": (of_mean - of_rebuilt) / (of_mean - of_images),
    }


@cached
def _fitted(pixels: Tensor, labels: Labels) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=STEPS, tol=1e-3)).fit(pixel_rows(pixels), labels)


def _loss(classifier: Pipeline, rows: np.ndarray, labels: Labels) -> float:
    """The mean over images whose class was trained on."""
    known = np.isin(labels, classifier.classes_)
    return float(log_loss(labels[known], classifier.predict_proba(rows[known]), labels=classifier.classes_))
