"""Whether new codes become new digits: samples from three distributions of codes, judged beside real digits."""

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from narrows.data.sources import Images, as_floats
from narrows.evaluation.support.digit_classifier import FEATURES, judge
from narrows.evaluation.support.shared import Rows, codes, decoded, remembered
from narrows.models.autoencoder import Autoencoder

SAMPLES = 2000  # and as many real images: the distance grows as samples get fewer (Bińkowski et al. 2018)
PARTS = 10  # of the mixture
NEAREST = 3  # neighbours that span the manifold, as in the paper


def generation(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """How far 2000 generated images are from as many test images, in the features of a classifier (see `judge`).

    generation_<codes>_frechet    distance between Gaussians fitted to either's features, 0 at best (Heusel et al. 2017)
    generation_<codes>_precision  share of the generated within the manifold of the real (Kynkäänniemi et al. 2019)
    generation_<codes>_recall     share of the real within the manifold of the generated

    for codes drawn from

    prior     the standard normal distribution, which only a variational code was trained towards
    gaussian  a normal distribution fitted to the training images' codes
    mixture   a mixture of ten, fitted to them (Ghosh et al. 2020)

    and, for comparison, generation_real_…: 2000 other test images in the place of generated ones. The distance is in
    squared units of the features, so that it compares runs with the same training images and no others;
    generation_accuracy is the classifier's own on the test images.
    """
    found = yardstick(train.pixels.cpu(), train.labels.cpu(), test.pixels.cpu(), test.labels.cpu())
    known = judge(train.pixels.cpu(), train.labels.cpu())
    real = known.features(as_floats(test.pixels[: _count(test.pixels)].cpu()))
    for name, drawn in sampled(codes(autoencoder, train.pixels), len(real)).items():
        scores = compare(known.features(decoded(autoencoder, drawn)), real)
        found |= {f"{name}_{what}": value for what, value in scores.items()}
    return {f"generation_{name}": value for name, value in found.items()}


@remembered
def yardstick(train: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> dict[str, float]:
    """What real images get in the place of generated ones, and how good the classifier is."""
    known = judge(train, labels)
    features, count = known.features(as_floats(test)), _count(test)
    scores = compare(features[count : 2 * count], features[:count])
    accuracy = (known.head(features).argmax(1) == test_labels).float().mean().item()
    return {f"real_{what}": value for what, value in scores.items()} | {"accuracy": accuracy}


def _count(test: Tensor) -> int:
    return min(SAMPLES, len(test) // 2)


def sampled(seen: Rows, count: int) -> dict[str, Rows]:
    """Codes (count, k) from each distribution, fitted to codes (N, k) of training images; always the same draws."""
    random, size = np.random.default_rng(0), seen.shape[1]
    drawn = {
        "prior": random.standard_normal((count, size)),
        "gaussian": random.multivariate_normal(seen.mean(0), np.atleast_2d(np.cov(seen.T)), count),
        "mixture": GaussianMixture(PARTS, random_state=0, reg_covar=1e-4).fit(seen.astype(float)).sample(count)[0],
    }
    return {name: values.astype(np.float32) for name, values in drawn.items()}


def compare(generated: Tensor, real: Tensor) -> dict[str, float]:
    """Fréchet distance, precision and recall of generated features (N, f) against real ones (M, f)."""
    return {
        "frechet": frechet(generated, real),
        "precision": within(generated, real),
        "recall": within(real, generated),
    }


class Extracted(nn.Module):
    """What stands where torchmetrics asks for a network: features (N, 64) that are extracted already."""

    num_features = FEATURES

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet(one: Tensor, other: Tensor) -> float:
    """|μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁Σ₂)^½) of features (N, 64) and (M, 64): Heusel et al. 2017, eq. 6."""
    distance = FrechetInceptionDistance(feature=Extracted())
    distance.update(one, real=False)
    distance.update(other, real=True)
    return float(distance.compute())


def within(points: Tensor, manifold: Tensor) -> float:
    """The share of `points` (N, f) nearer to one of `manifold` (M, f) than its third neighbour there is to that one."""
    radii = torch.cdist(manifold, manifold).kthvalue(NEAREST + 1, dim=1).values  # the first is itself
    return (torch.cdist(points, manifold) <= radii).any(1).float().mean().item()
