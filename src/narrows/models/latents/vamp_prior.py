"""The mixture of the posteriors of pseudo-inputs: VampPrior, Tomczak & Welling 2018, eq. 9."""

from math import log

import torch
from torch import Generator, Tensor, nn

from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior, picked
from narrows.seeds import Noise

DARK = -2.0  # the mean of the initial logits of pixels: 0.12, near the mean of MNIST's


class VampPrior(Prior):
    """p(z) is the mean of q(z|u) over `components` trained images u, with pixels in [0, 1] as sigmoids of `logits`.

    The authors bound pixels by a hard tanh, which has no gradient outside [0, 1]. Dropout is off for pseudo-inputs.
    """

    def __init__(self, pixels: int, components: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(components, pixels))

    def initialise(self, generator: Generator | None) -> None:
        nn.init.normal_(self.logits, DARK, generator=generator)

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        of_each = posterior.log_densities(encoder(self.logits.sigmoid()), codes)
        return of_each.logsumexp(-1) - log(of_each.shape[-1])

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        equal = like.new_full((len(self.logits),), 1 / len(self.logits))
        rows = picked(equal, len(like), noise)
        return posterior.sample(encoder(self.logits[rows].sigmoid()), noise)
