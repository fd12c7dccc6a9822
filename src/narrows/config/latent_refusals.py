"""Choices about a code's distributions, their bound and their divergence that do not work together."""

from functools import partial

from narrows.config import slots
from narrows.config.bound_sections import ELBO
from narrows.config.evaluations import of_bound
from narrows.config.latent_sections import GaussianPosterior, StandardPrior, VampPrior, VonMisesFisher
from narrows.config.refusal import Choices, Refusal, mixes_images, weighs

SAMPLED = "it is estimated from codes that are drawn, and trainer.monitor=clean_loss draws none; choose loss"
NO_WEIGHT = "without the weight nothing trains it; code=variational sets it to 1"
FREE_BITS = "objective.kl.free_bits={config.objective.kl.free_bits}"
PARTS = "free bits are of the divergence of each number, which only"


def _no_distribution(config: Choices) -> bool:
    return not isinstance(config.code, slots.Variational)


def _clean(config: Choices) -> bool:
    return config.trainer.monitor == "clean_loss" and not _no_distribution(config)


def _frees_bits(config: Choices) -> bool:
    return config.objective.kl.free_bits > 0


def _of_factored_codes(term: str, config: Choices) -> bool:
    return config.bound.factored and weighs(term, config)


def _vamp(config: Choices) -> bool:
    return isinstance(config.prior, VampPrior)


LATENT_REFUSALS = [
    Refusal(
        lambda config: _no_distribution(config) and bool(of_bound(config.evaluation)),
        "evaluation=likelihood with code.name={config.code.name}",
        "this code is no distribution, so there is no likelihood; code=variational has",
    ),
    Refusal(
        lambda config: _no_distribution(config) and not isinstance(config.posterior, GaussianPosterior),
        "posterior.name={config.posterior.name} with code.name={config.code.name}",
        "this code is no distribution; code=variational is one",
    ),
    Refusal(
        lambda config: _no_distribution(config) and not isinstance(config.prior, StandardPrior),
        "prior.name={config.prior.name} with code.name={config.code.name}",
        "this code is no distribution, so it has no prior; code=variational has",
    ),
    Refusal(
        lambda config: _no_distribution(config) and config.bound != ELBO,
        "bound={config.bound.text} with code.name={config.code.name}",
        "this code is no distribution, so there is no bound; code=variational has",
    ),
    Refusal(
        lambda config: config.bound.weighted and config.objective.weights.kl == 0,
        "bound={config.bound.text} with objective.weights.kl=0",
        "the weight is that of log q(z|x) - log p(z) in the bound; code=variational sets it to 1",
    ),
    Refusal(
        lambda config: not isinstance(config.prior, StandardPrior) and config.objective.weights.kl == 0,
        "prior.name={config.prior.name} with objective.weights.kl=0",
        NO_WEIGHT,
    ),
    *(
        Refusal(
            partial(_of_factored_codes, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with bound={{config.bound.text}}",
            "the bound multiplies all that reaches the encoder by a code, also the term's gradient; bound=iwae with "
            "bound.gradient=reparameterised does not",
        )
        for term in ("code_l1", "code_l2", "decoder_gradient")
    ),
    Refusal(
        lambda config: config.objective.pixels == "hidden" and config.bound.weighted,
        "objective.pixels=hidden with bound={config.bound.text}",
        "its weights of codes are likelihoods of all pixels; bound=elbo with bound.gradient=reparameterised has none",
    ),
    Refusal(
        lambda config: _clean(config) and config.bound.weighted,
        "trainer.monitor=clean_loss with bound={config.bound.text}",
        SAMPLED,
    ),
    Refusal(
        lambda config: _clean(config) and not isinstance(config.prior, StandardPrior),
        "trainer.monitor=clean_loss with prior.name={config.prior.name}",
        SAMPLED,
    ),
    Refusal(
        lambda config: _clean(config) and not config.posterior.closed_form,
        "trainer.monitor=clean_loss with posterior.name={config.posterior.name}",
        SAMPLED,
    ),
    Refusal(
        lambda config: isinstance(config.posterior, VonMisesFisher) and not isinstance(config.prior, StandardPrior),
        "posterior.name=von_mises_fisher with prior.name={config.prior.name}",
        "the other priors are not of codes on a sphere",
    ),
    Refusal(
        lambda config: isinstance(config.posterior, VonMisesFisher) and config.model.bottleneck == 1,
        "posterior.name=von_mises_fisher with model.bottleneck=1",
        "there are two directions in one dimension, and nothing between them; choose a bottleneck of 2 or more",
    ),
    Refusal(
        lambda config: _vamp(config) and not config.posterior.tractable,
        "prior.name=vamp with posterior.name={config.posterior.name}",
        "the density of one image's code under another's posterior is needed, which posterior=gaussian and "
        "full_covariance have",
    ),
    Refusal(
        lambda config: _vamp(config) and mixes_images(config),
        "prior.name=vamp with model.norm=batch",
        "pseudo-inputs would be normalised by their own statistics; choose model.norm=layer",
    ),
    Refusal(
        lambda config: _vamp(config) and config.data.scaled in ("standard", "none"),
        "prior.name=vamp with numbers of {config.data.numbers}",
        "pseudo-inputs are numbers in [0, 1]; data.scale=range scales those of data=arrays, and other priors take any",
    ),
    Refusal(
        lambda config: config.bound.gradient == "doubly" and not _density_elsewhere(config),
        "bound.gradient=doubly with posterior.name={config.posterior.name}",
        "the density of a code is needed as a function of the code alone, which a flow has not",
    ),
    Refusal(
        lambda config: _frees_bits(config) and config.objective.weights.kl == 0,
        FREE_BITS + " with objective.weights.kl=0",
        "there is no divergence to limit",
    ),
    Refusal(
        lambda config: _frees_bits(config) and not isinstance(config.posterior, GaussianPosterior),
        FREE_BITS + " with posterior.name={config.posterior.name}",
        PARTS + " posterior=gaussian has",
    ),
    Refusal(
        lambda config: _frees_bits(config) and not isinstance(config.prior, StandardPrior),
        FREE_BITS + " with prior.name={config.prior.name}",
        PARTS + " prior=standard has",
    ),
    Refusal(
        lambda config: _frees_bits(config) and config.bound.weighted,
        FREE_BITS + " with bound={config.bound.text}",
        PARTS + " bound=elbo with bound.gradient=reparameterised has",
    ),
]


def _density_elsewhere(config: Choices) -> bool:
    return config.posterior.tractable or isinstance(config.posterior, VonMisesFisher)
