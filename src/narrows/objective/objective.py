"""The objective slot: the loss of each image. Training minimises its mean over a minibatch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import log, pi
from typing import Any

from torch import Tensor

from narrows.models.autoencoder import Autoencoder, Draws, Reconstruction, repeated
from narrows.models.codes import variational
from narrows.models.traits import Drawn
from narrows.objective.bounds import BOUNDS, Bound
from narrows.objective.likelihoods import LEVELS, continuous_bernoulli, gaussian, logistic_mixture
from narrows.objective.pixel_errors import bce, l1, mse
from narrows.objective.term import Term
from narrows.objective.terms import TERMS
from narrows.seeds import FixedNoise, Noise


@dataclass(frozen=True)
class Error:
    """A reconstruction error: `compute` gives its mean over the pixels of each image, (B, C, H, W) to (B,).

    normaliser  what is added per pixel to make it -log of a density of pixels in [0, 1]. Cross-entropy of grey pixels
                is none, whatever is added; it is called a pseudo-likelihood.
    """

    compute: Callable[[Reconstruction, Tensor], Tensor]
    normaliser: float = 0.0

    def __call__(self, output: Reconstruction, images: Tensor) -> Tensor:
        return self.compute(output, images)


def _by_image(values: Tensor, count: int) -> Tensor:
    """The mean over the codes of each of `count` images: (…, B · S) to (…, B)."""
    if values.shape[-1] == count:
        return values
    means: Tensor = values.unflatten(-1, (count, -1)).mean(-1)
    return means


#: By the name of the objective. `mse` is -log of a normal density with variance 1/2, `l1` of a Laplace density with
#: scale 1; the probability of a byte is that of a step of 1/255.
OBJECTIVES: dict[str, Error] = {
    "mse": Error(mse, log(pi) / 2),
    "bce": Error(bce),
    "l1": Error(l1, log(2)),
    "gaussian": Error(gaussian),
    "continuous_bernoulli": Error(continuous_bernoulli),
    "logistic_mixture": Error(logistic_mixture, -log(LEVELS)),
}


@dataclass(frozen=True)
class Objective:
    """A reconstruction error plus weighted terms, each summed over the image and divided by its number of pixels.

    Weights therefore have the size that papers give for sums over pixels: bce plus `kl` with weight 1 is the negative
    ELBO per pixel (Kingma & Welling 2014, eq. 3), with weight β the loss of a β-VAE (Higgins et al. 2017).

    weights    by the names of `terms.TERMS`; terms without a weight are not computed
    kl_warmup  epochs over which the weight of `kl` rises linearly (Bowman et al. 2016)
    settings   of the terms that have a section in the config, by their names
    bound      that is maximised where the code is a distribution; with several codes of an image, error and terms are
               means over them. In bounds other than the elbo the weight of `kl` is that of log q(z|x) - log p(z)
    summed     over pixels, as papers in nats per image have it: the loss above times the number of pixels
    """

    error: Error
    weights: Mapping[str, float]
    kl_warmup: int
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bound: Bound = BOUNDS["elbo"]
    summed: bool = False

    def __call__(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        images: Tensor,
        epoch: int,
        noise: Noise | None = None,
    ) -> Tensor:
        """The loss of each image in `epoch` (from 0): images (B, C, H, W), the clean ones, to (B,).

        Terms draw from `noise`; without it they get the same numbers in each call, so that losses can be compared.
        """
        return self.weighted(autoencoder, output, images, self.at(epoch, autoencoder.pixels), noise)

    def weighted(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        images: Tensor,
        weights: Mapping[str, float | Tensor],
        noise: Noise | None = None,
    ) -> Tensor:
        """As `__call__`, with these weights of the terms: numbers, or (M, 1) for stacked members."""
        source = FixedNoise() if noise is None else noise
        count, drawn = images.shape[-4], output.scores.shape[-4]
        inputs = images if drawn == count else repeated(images, drawn // count, -4)
        compared, targets = autoencoder.compared(output, inputs)
        errors = self.error(compared, targets)
        losses, terms = _by_image(errors, count), weights
        if self.bound.weighted:
            losses = self._bounded(autoencoder, output, errors, count, weights["kl"])
            terms = {name: weight for name, weight in weights.items() if name != "kl"}
        for name, weight in terms.items():
            values = TERMS[name](autoencoder, output, self.settings.get(name, {}), source, targets)
            losses = losses + weight * _by_image(values, count)
        return losses * autoencoder.pixels if self.summed else losses

    def _bounded(
        self,
        autoencoder: Autoencoder,
        output: Reconstruction,
        errors: Tensor,
        count: int,
        weight: float | Tensor,
    ) -> Tensor:
        """The negative bound of each of `count` images divided by its pixels, (B,), of errors (B · S,)."""
        code, pixels = variational(autoencoder.code), autoencoder.pixels
        ratio = code.log_ratio(Drawn(output.code, output.log_density), autoencoder.encoder)
        log_weights = (-pixels * (errors + weight * ratio)).unflatten(-1, (count, -1))
        losses = self.bound.value(log_weights, self.bound) / -pixels
        factors = self.bound.factors(log_weights)
        if factors is None:
            return losses
        above, below = (part.view_as(factors) for part in output.factors)
        return losses + (above * factors + below).sum(-1)

    @property
    def draws(self) -> Draws:
        """The codes that it needs of each image."""
        return self.bound.draws

    @property
    def terms(self) -> list[Term]:
        """The terms that have a weight."""
        return [TERMS[name] for name in self.weights]

    def at(self, epoch: int, pixels: int) -> dict[str, float]:
        """The weights in `epoch` (from 0), divided by the number of `pixels` of an image."""
        share = min(1.0, (epoch + 1) / (self.kl_warmup + 1))
        return {name: weight * (share if name == "kl" else 1) / pixels for name, weight in self.weights.items()}
