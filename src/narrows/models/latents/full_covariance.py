"""A Gaussian with a full covariance matrix for each image: Kingma & Welling 2019, section 2.5.1 and algorithm 2."""

from math import isqrt

import torch
from torch import Tensor

from narrows.models.latents.densities import LOG_2_PI, log_standard_normal, precise
from narrows.models.latents.posterior import Posterior
from narrows.models.traits import Drawn
from narrows.seeds import Noise, normal


class FullCovariance(Posterior):
    """z = mean + L · noise. The encoder gives means, logarithms of the squared diagonal of L, and a matrix of which the
    part below the diagonal is that of L: (…, B, k + k + k²).
    """

    closed_form = True
    tractable = True

    def mean(self, hidden: Tensor) -> Tensor:
        return self._parts(hidden)[0]

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        mean, _, factor = self._parts(hidden)
        return mean + _product(factor, normal(mean, noise, of_code=True))

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        if detached:
            return super().draw(hidden, noise, detached)
        mean, log_diagonal, factor = self._parts(hidden)
        epsilon = normal(mean, noise, of_code=True)  # with it no equation has to be solved for the density
        return Drawn(mean + _product(factor, epsilon), log_standard_normal(epsilon) - log_diagonal.sum(-1) / 2)

    def log_density(self, hidden: Tensor, code: Tensor) -> Tensor:
        return self.log_densities(hidden.unsqueeze(-2), code.unsqueeze(-2)).squeeze(-1).squeeze(-1)

    def log_densities(self, hidden: Tensor, codes: Tensor) -> Tensor:
        mean, log_diagonal, factor = self._parts(precise(hidden))
        differences = precise(codes).unsqueeze(-3) - mean.unsqueeze(-2)  # (…, C, B, k)
        whitened = torch.linalg.solve_triangular(factor, differences.mT, upper=False)
        constants = log_diagonal.sum(-1) + LOG_2_PI * mean.shape[-1]
        densities: Tensor = -(whitened.square().sum(-2) + constants.unsqueeze(-1)).mT / 2
        return densities

    def divergence(self, hidden: Tensor) -> Tensor:
        """From the standard normal: (tr LLᵀ + ‖mean‖² - k - log det LLᵀ) / 2."""
        mean, log_diagonal, factor = self._parts(hidden)
        return (factor.square().sum((-2, -1)) + (mean.square() - 1 - log_diagonal).sum(-1)) / 2

    def _parts(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Means and logarithms of the squared diagonal, (…, B, k), and L (…, B, k, k)."""
        numbers = _numbers(hidden.shape[-1])
        mean, log_diagonal, below = hidden.split([numbers, numbers, numbers**2], -1)
        lower = below.unflatten(-1, (numbers, numbers)).tril(-1)
        return mean, log_diagonal, lower + (log_diagonal / 2).exp().diag_embed()


def _numbers(outputs: int) -> int:
    """The k whose k² + 2k is `outputs`."""
    return isqrt(outputs + 1) - 1


def _product(factor: Tensor, epsilon: Tensor) -> Tensor:
    product: Tensor = (factor @ epsilon.unsqueeze(-1)).squeeze(-1)
    return product
