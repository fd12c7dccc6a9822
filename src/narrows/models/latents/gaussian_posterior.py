"""A Gaussian with independent numbers for each image: Kingma & Welling 2014, section 3."""

from torch import Tensor

from narrows.models.latents.densities import log_normal, log_normals
from narrows.models.latents.posterior import Posterior
from narrows.seeds import Noise, normal


class GaussianPosterior(Posterior):
    """The encoder gives means, then logarithms of variances, (…, B, 2k)."""

    closed_form = True
    tractable = True
    hidden_per_number = 2

    def mean(self, hidden: Tensor) -> Tensor:
        return gaussian(hidden)[0]

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        """Mean + standard deviation · noise, the reparameterisation trick of eq. 10."""
        mean, log_variance = gaussian(hidden)
        return mean + (log_variance / 2).exp() * normal(mean, noise, of_code=True)

    def log_density(self, hidden: Tensor, code: Tensor) -> Tensor:
        return log_normal(code, *gaussian(hidden))

    def log_densities(self, hidden: Tensor, codes: Tensor) -> Tensor:
        return log_normals(codes, *gaussian(hidden))

    def divergence(self, hidden: Tensor) -> Tensor:
        """From the standard normal: appendix B."""
        return self._twice(hidden).sum(-1) / 2

    def divergences(self, hidden: Tensor) -> Tensor:
        """The part of each number of the code in `divergence`, (…, B, k)."""
        return self._twice(hidden) / 2

    def _twice(self, hidden: Tensor) -> Tensor:
        mean, log_variance = gaussian(hidden)
        return mean.square() + log_variance.exp() - 1 - log_variance


def gaussian(hidden: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and logarithm of the variance of each number of the code: (…, B, 2k) to (…, B, k) twice."""
    mean, log_variance = hidden.chunk(2, dim=-1)
    return mean, log_variance
