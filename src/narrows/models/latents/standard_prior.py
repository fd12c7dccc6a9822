"""Priors without weights."""

from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.latents.densities import log_standard_normal
from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior
from narrows.models.latents.von_mises_fisher import log_uniform
from narrows.seeds import Noise, normal


class StandardPrior(Prior):
    """The standard normal distribution: Kingma & Welling 2014."""

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        return log_standard_normal(codes)

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        return normal(like, noise)


class UniformPrior(Prior):
    """The uniform distribution on the unit sphere: Davidson et al. 2018."""

    def log_density(self, codes: Tensor, encoder: nn.Module, posterior: Posterior) -> Tensor:
        return codes.new_full(codes.shape[:-1], log_uniform(codes.shape[-1]))

    def sample(self, like: Tensor, noise: Noise, encoder: nn.Module, posterior: Posterior) -> Tensor:
        return F.normalize(normal(like, noise), dim=-1)
