"""A von Mises-Fisher distribution on the unit sphere for each image: Davidson et al. 2018.

Constants of the distribution are integrals over the cosine ω of the angle to the mean direction, whose density is
∝ exp(κω) (1 - ω²)^((m - 3) / 2) for codes of m numbers. In the variable ε of the sampler, from which `_cosine` makes ω,
the integrand is (ε (1 - ε))^((m - 3) / 2) times a nearly flat function. So Gauss's quadrature for this weight gives
them for any m and κ, with gradients and without Bessel functions.
"""

from math import lgamma, log, pi
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.latents.posterior import Posterior
from narrows.seeds import Noise, normal, uniform

NODES = 64  # nine digits for 2 to 50 numbers and concentrations up to 5,000
PROPOSALS = 16  # each is accepted with a probability above 0.6, so that all are rejected once in 10⁷ codes
LEAST = 1e-10  # of 1 - ω²: its root has no gradient at 0


class VonMisesFisher(Posterior):
    """The encoder gives a direction and a number for the concentration, softplus(…) + 1 as in the authors' code:
    (…, B, k + 1). Codes have length 1.
    """

    closed_form = True
    nodes: Tensor
    log_weights: Tensor

    def __init__(self, numbers: int) -> None:
        super().__init__()
        from scipy.special import roots_gegenbauer  # half a second

        nodes, weights = roots_gegenbauer(NODES, numbers / 2 - 1)
        self.register_buffer("nodes", torch.from_numpy((1 - nodes) / 2), persistent=False)
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
        log_normaliser, _ = self._log_normaliser(concentration, code.shape[-1] - 1)
        return concentration * along - log_normaliser + log_uniform(code.shape[-1])

    def divergence(self, hidden: Tensor) -> Tensor:
        """From the uniform distribution on the sphere: κ E[ω] - log E_uniform[exp(κω)], section 3.3."""
        direction, concentration = self._parts(hidden)
        log_normaliser, mean_cosine = self._log_normaliser(concentration, direction.shape[-1] - 1)
        return concentration * mean_cosine - log_normaliser

    def _log_normaliser(self, concentration: Tensor, others: int) -> tuple[Tensor, Tensor]:
        """log E[exp(κω)] over the uniform distribution, and E[ω] over the von Mises-Fisher one; `others` is m - 1."""
        nodes, log_weights = self.nodes.to(concentration), self.log_weights.to(concentration)
        b = _b(concentration.detach(), others).unsqueeze(-1)  # any b gives the same integral, and no gradient
        cosines, stretch = _cosine(nodes, b), others * (1 - (1 - b) * nodes).log()
        exponents = concentration.unsqueeze(-1) * cosines + log_weights - stretch + others / 2 * b.log()
        return exponents.logsumexp(-1), (exponents.softmax(-1) * cosines).sum(-1)

    def _parts(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Mean directions (…, B, k) and concentrations (…, B)."""
        return F.normalize(hidden[..., :-1], dim=-1), F.softplus(hidden[..., -1]) + 1


def log_uniform(numbers: int) -> float:
    """The logarithm of the uniform density on the unit sphere in so many dimensions."""
    return lgamma(numbers / 2) - log(2) - numbers / 2 * log(pi)


class Proposals(NamedTuple):
    """Proposed numbers for each code, (…, B, PROPOSALS), which of them are `accepted`, and the b that makes cosines of
    them, (…, B, 1).
    """

    numbers: Tensor
    accepted: Tensor
    b: Tensor


def proposed(concentration: Tensor, direction: Tensor, noise: Noise) -> Proposals:
    """For each concentration (…, B) and direction (…, B, m): Ulrich 1984, algorithm VM, as corrected by Wood 1994."""
    others = direction.shape[-1] - 1
    b = _b(concentration, others).unsqueeze(-1)
    a = others * (1 + 1 / b).div(4)
    d = 4 * a * b / (1 + b) - others * log(others)
    numbers = _beta(others, direction, noise)
    t = 2 * a * b / (1 - (1 - b) * numbers)
    return Proposals(numbers, others * t.log() - t + d >= uniform(numbers, noise).log(), b)


def sampled_cosine(concentration: Tensor, direction: Tensor, noise: Noise) -> Tensor:
    """ω of the first accepted proposal, (…, B).

    Its gradient is that of the proposal, without the correction for the rejection (Davidson et al. 2018, appendix D),
    which the authors' code leaves out as well.
    """
    numbers, accepted, b = proposed(concentration, direction, noise)
    first = numbers.gather(-1, accepted.long().argmax(-1, keepdim=True))
    return _cosine(first, b).squeeze(-1)


def _b(concentration: Tensor, others: int) -> Tensor:
    return others / (2 * concentration + (4 * concentration.square() + others**2).sqrt())


def _cosine(numbers: Tensor, b: Tensor) -> Tensor:
    return (1 - (1 + b) * numbers) / (1 - (1 - b) * numbers)


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
