"""A von Mises-Fisher distribution on the unit sphere for each image: Davidson et al. 2018.

Constants of the distribution are integrals over the cosine ω of the angle to the mean direction, which Gauss's
quadrature gives for every size of the code, with gradients and without Bessel functions: of a direction that is uniform
on the sphere, ω has the density ∝ (1 - ω²)^((m - 3) / 2), m being the size.
"""

from math import lgamma, log, pi

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.latents.posterior import Posterior
from narrows.seeds import Noise, normal, uniform

NODES = 256  # enough for concentrations up to 10⁴
PROPOSALS = 16  # each is accepted with a probability above 0.6, so that all are rejected once in 10⁷ codes
LEAST = 1e-10  # of 1 - ω²: its root has no gradient at 0


class VonMisesFisher(Posterior):
    """The encoder gives a direction and a number for the concentration, softplus(…) + 1 as in the authors' code:
    (…, B, k + 1). Codes have length 1.
    """

    closed_form = True
    cosines: Tensor
    log_weights: Tensor

    def __init__(self, numbers: int) -> None:
        super().__init__()
        from scipy.special import roots_gegenbauer  # half a second

        cosines, weights = roots_gegenbauer(NODES, numbers / 2 - 1)
        self.register_buffer("cosines", torch.from_numpy(cosines), persistent=False)
        self.register_buffer("log_weights", torch.from_numpy(weights / weights.sum()).log(), persistent=False)

    def mean(self, hidden: Tensor) -> Tensor:
        """The mean direction."""
        return self._parts(hidden)[0]

    def sample(self, hidden: Tensor, noise: Noise) -> Tensor:
        direction, concentration = self._parts(hidden)
        cosine = sampled_cosine(concentration, direction, noise)
        around = F.normalize(normal(direction[..., 1:], noise), dim=-1)
        sine = (1 - cosine.square()).clamp(min=LEAST).sqrt()
        return rotated(torch.cat([cosine.unsqueeze(-1), sine.unsqueeze(-1) * around], -1), direction)

    def log_density(self, hidden: Tensor, code: Tensor) -> Tensor:
        """With respect to the area of the sphere."""
        direction, concentration = self._parts(hidden)
        along = (direction * code).sum(-1)
        return concentration * along - self._log_normaliser(concentration)[0] + log_uniform(code.shape[-1])

    def divergence(self, hidden: Tensor) -> Tensor:
        """From the uniform distribution on the sphere: κ E[ω] - log E_uniform[exp(κω)], section 3.3."""
        concentration = self._parts(hidden)[1]
        log_normaliser, mean_cosine = self._log_normaliser(concentration)
        return concentration * mean_cosine - log_normaliser

    def _log_normaliser(self, concentration: Tensor) -> tuple[Tensor, Tensor]:
        """log E[exp(κω)] over the uniform distribution, and E[ω] over the von Mises-Fisher one."""
        cosines, log_weights = self.cosines.to(concentration), self.log_weights.to(concentration)
        exponents = concentration.unsqueeze(-1) * cosines + log_weights
        return exponents.logsumexp(-1), (exponents.softmax(-1) * cosines).sum(-1)

    def _parts(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Mean directions (…, B, k) and concentrations (…, B)."""
        return F.normalize(hidden[..., :-1], dim=-1), F.softplus(hidden[..., -1]) + 1


def log_uniform(numbers: int) -> float:
    """The logarithm of the uniform density on the unit sphere in so many dimensions."""
    return lgamma(numbers / 2) - log(2) - numbers / 2 * log(pi)


def sampled_cosine(concentration: Tensor, direction: Tensor, noise: Noise) -> Tensor:
    """ω for each concentration (…, B) and direction (…, B, m), by rejection: Ulrich 1984 as corrected by Wood 1994.

    The first of `PROPOSALS` that is accepted. Its gradient is that of the proposal, without the correction for the
    rejection (Davidson et al. 2018, appendix D), which the authors' code leaves out as well.
    """
    others = direction.shape[-1] - 1
    root = (4 * concentration.square() + others**2).sqrt()
    b = (others / (2 * concentration + root)).unsqueeze(-1)
    a = ((others + 2 * concentration + root) / 4).unsqueeze(-1)
    d = 4 * a * b / (1 + b) - others * log(others)
    proposed = _beta(others, direction, noise)
    t = 2 * a * b / (1 - (1 - b) * proposed)
    accepted = others * t.log() - t + d >= uniform(proposed, noise).log()
    first = proposed.gather(-1, accepted.long().argmax(-1, keepdim=True))
    cosine: Tensor = ((1 - (1 + b) * first) / (1 - (1 - b) * first)).squeeze(-1)
    return cosine


def _beta(others: int, direction: Tensor, noise: Noise) -> Tensor:
    """Numbers of the law Beta(others / 2, others / 2), (…, B, PROPOSALS), as shares of sums of squares."""
    like = direction.new_empty(1).expand(*direction.shape[:-1], PROPOSALS, 2 * others)
    one, other = normal(like, noise).square().unflatten(-1, (2, others)).sum(-1).unbind(-1)
    shares: Tensor = one / (one + other)
    return shares


def rotated(codes: Tensor, direction: Tensor) -> Tensor:
    """Codes (…, k) around the first axis, reflected so that this axis becomes the `direction`, (…, k)."""
    first = torch.zeros_like(direction)
    first[..., 0] = 1
    mirror = F.normalize(first - direction, dim=-1)
    return codes - 2 * (codes * mirror).sum(-1, keepdim=True) * mirror
