"""Builds the distributions of a variational code from their sections of a config."""

from math import prod
from typing import assert_never

from narrows.config import latent_sections as sections
from narrows.models.codes import Variational
from narrows.models.latents.flow_prior import FlowPrior
from narrows.models.latents.full_covariance import FullCovariance
from narrows.models.latents.gaussian_posterior import GaussianPosterior
from narrows.models.latents.iaf import InverseAutoregressiveFlow
from narrows.models.latents.mixture_prior import MixturePrior
from narrows.models.latents.planar import PlanarFlow
from narrows.models.latents.posterior import Posterior
from narrows.models.latents.prior import Prior
from narrows.models.latents.standard_prior import StandardPrior, UniformPrior
from narrows.models.latents.vamp_prior import VampPrior
from narrows.models.latents.von_mises_fisher import VonMisesFisher


def build_variational(latent: sections.Latent, numbers: int, shape: tuple[int, int, int]) -> Variational:
    """The code slot of distributions, for codes of so many numbers and images (C, H, W)."""
    return Variational(build_posterior(latent.posterior, numbers), build_prior(latent, numbers, prod(shape)))


def build_posterior(posterior: sections.Posterior, numbers: int) -> Posterior:
    """The distribution of codes that the encoder describes."""
    match posterior:
        case sections.GaussianPosterior():
            return GaussianPosterior()
        case sections.FullCovariance():
            return FullCovariance()
        case sections.InverseAutoregressiveFlow():
            return InverseAutoregressiveFlow(numbers, posterior.flows, posterior.units)
        case sections.PlanarFlow():
            return PlanarFlow(posterior.flows)
        case sections.VonMisesFisher():
            return VonMisesFisher(numbers)
        case _:
            assert_never(posterior)


def build_prior(latent: sections.Latent, numbers: int, pixels: int) -> Prior:
    """The distribution of codes that does not depend on an image; the standard one of the posterior's space."""
    match latent.prior:
        case sections.StandardPrior():
            return UniformPrior() if isinstance(latent.posterior, sections.VonMisesFisher) else StandardPrior()
        case sections.MixturePrior():
            return MixturePrior(numbers, latent.prior.components)
        case sections.VampPrior():
            return VampPrior(pixels, latent.prior.components)
        case sections.FlowPrior():
            return FlowPrior(numbers, latent.prior.flows, latent.prior.units)
        case _:
            assert_never(latent.prior)
