"""A mixture of normal distributions whose means, variances and weights are trained.

The baseline “MoG” of Tomczak & Welling 2018, section 2, and the prior of Dilokthanakul et al. 2016 without its labels.
"""

import torch
from torch import Generator, Tensor, nn

from narrows.models.latents.densities import log_normals
from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior, picked
from narrows.seeds import Noise, normal


class MixturePrior(Prior):
    """`components` normal distributions, at first of equal weight and variance 1 around standard normal means."""

    def __init__(self, numbers: int, components: int) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.zeros(components, numbers))
        self.log_variances = nn.Parameter(torch.zeros(components, numbers))
        self.scores = nn.Parameter(torch.zeros(components))

    def initialise(self, generator: Generator | None) -> None:
        nn.init.normal_(self.means, generator=generator)

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        of_each = log_normals(codes, self.means, self.log_variances)
        return (of_each + self.scores.log_softmax(-1).unsqueeze(-2)).logsumexp(-1)

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        rows = picked(self.scores.softmax(-1), len(like), noise)
        return self.means[rows] + (self.log_variances[rows] / 2).exp() * normal(like, noise)
