"""Do random codes decode to realistic digits? Samples from four distributions of codes, compared with real digits."""

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor

from narrows.data.sources import Images, as_floats
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.pixel_rows import Rows
from narrows.evaluation.support.autoregressive_flow import flow_samples
from narrows.evaluation.support.digit_classifier import digit_classifier
from narrows.evaluation.support.encoding import codes, decoded
from narrows.evaluation.support.sample_quality import sample_quality
from narrows.evaluation.support.subsets import random_subset
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Variational
from narrows.models.latents.standard_prior import StandardPrior
from narrows.seeds import generator

SAMPLES = 2000  # and as many real images: the distance is larger for fewer samples (Bińkowski et al. 2018)
COMPONENTS = 10  # of the mixture


def generation(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """2000 generated images compared with as many test images, in the features of `digit_classifier`.

    generation_<codes>_frechet    distance between Gaussians fitted to both sets of features (Heusel et al. 2017)
    generation_<codes>_precision  share of generated images within the manifold of real ones (Kynkäänniemi et al. 2019)
    generation_<codes>_recall     share of real images within the manifold of generated ones

    for codes drawn from

    prior     the prior of a variational code; of others the standard normal, towards which they are not trained
    gaussian  a normal distribution fitted to the training images' codes
    mixture   a mixture of ten normal distributions fitted to them (Ghosh et al. 2020)
    flow      a masked autoregressive flow fitted to them (Papamakarios et al. 2017)

    and as the floor generation_real_…: 2000 other test images in place of generated ones. Both sets of test images are
    drawn at random: the first and the last 2000 of MNIST are 40 apart, random sets 3. The distance is in squared units
    of the features, so it is comparable only between runs with the same training images.
    generation_accuracy is the classifier's accuracy on the test images. At most half of the test images are used.
    """
    metrics = _of_real_images(train.pixels.cpu(), train.labels.cpu(), test.pixels.cpu(), test.labels.cpu())
    classifier = digit_classifier(train.pixels.cpu(), train.labels.cpu())
    real = classifier.features(as_floats(random_subset(test.pixels, _count(test.pixels)).cpu()))
    drawn = sampled(codes(autoencoder, train.pixels), len(real)) | _trained_prior(autoencoder, len(real))
    for name, code in drawn.items():
        scores = sample_quality(classifier.features(decoded(autoencoder, code)), real)
        metrics |= {f"{name}_{quantity}": value for quantity, value in scores.items()}
    return {f"generation_{name}": value for name, value in metrics.items()}


@torch.no_grad()
def _trained_prior(autoencoder: Autoencoder, count: int) -> dict[str, Rows]:
    """So many codes from a prior that is not the standard normal; empty for others."""
    code, weights = autoencoder.code, next(autoencoder.parameters())
    if not isinstance(code, Variational) or isinstance(code.prior, StandardPrior):
        return {}
    width = autoencoder.encode(weights.new_zeros(1, *autoencoder.shape)).shape[1]
    noise = generator(0, "prior codes", device=weights.device)
    drawn = code.prior_sample(weights.new_zeros(count, width), noise, autoencoder.encoder)
    return {"prior": drawn.float().cpu().numpy()}


@cached
def _of_real_images(train: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> dict[str, float]:
    """The scores of real images in place of generated ones, and the classifier's accuracy."""
    classifier = digit_classifier(train, labels)
    features = classifier.features(as_floats(test))
    first, second = (random_subset(features, _count(test), part) for part in (0, 1))
    scores = sample_quality(second, first)
    accuracy = (classifier.head(features).argmax(1) == test_labels).float().mean().item()
    return {f"real_{quantity}": value for quantity, value in scores.items()} | {"accuracy": accuracy}


def _count(test: Tensor) -> int:
    return min(SAMPLES, len(test) // 2)


def sampled(train: Rows, count: int) -> dict[str, Rows]:
    """Codes (count, k) from each distribution, fitted to codes (N, k) of training images; the same in every call."""
    random, size = np.random.default_rng(0), train.shape[1]
    drawn = {
        "prior": random.standard_normal((count, size)),
        "gaussian": random.multivariate_normal(train.mean(0), np.atleast_2d(np.cov(train.T)), count),
        "mixture": GaussianMixture(COMPONENTS, random_state=0, reg_covar=1e-4)
        .fit(train.astype(float))
        .sample(count)[0],
        "flow": flow_samples(train, count),
    }
    return {name: values.astype(np.float32) for name, values in drawn.items()}
