"""The refusals of the terms that compare distributions: kl, total_correlation, dip_i, dip_ii and mmd."""

from functools import partial

from narrows.config import slots
from narrows.config.bound_sections import ELBO
from narrows.config.latent_sections import GaussianPosterior
from narrows.config.refusal import Choices, Refusal, weighs

#: Terms that compare the Gaussians of a batch's codes.
BATCH_TERMS = ("total_correlation", "dip_i", "dip_ii")


def _without_gaussian(term: str, config: Choices) -> bool:
    return not isinstance(config.code, slots.Variational) and weighs(term, config)


def _of_other_posterior(term: str, config: Choices) -> bool:
    return not isinstance(config.posterior, GaussianPosterior) and weighs(term, config)


def _of_other_bound(term: str, config: Choices) -> bool:
    return config.bound != ELBO and weighs(term, config)


DIVERGENCE_REFUSALS = [
    Refusal(
        lambda config: config.objective.weights.kl > 0 and not isinstance(config.code, slots.Variational),
        "objective.weights.kl={config.objective.weights.kl} with code.name={config.code.name}",
        "this code is not a distribution, so it has no divergence from the prior; code=variational has",
    ),
    *(
        Refusal(
            partial(_without_gaussian, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with code.name={{config.code.name}}",
            "the term compares the Gaussians of a batch's codes, which code=variational has",
        )
        for term in BATCH_TERMS
    ),
    *(
        Refusal(
            partial(_of_other_posterior, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with "
            "posterior.name={config.posterior.name}",
            "the term is of Gaussians whose numbers are independent, which posterior=gaussian has",
        )
        for term in BATCH_TERMS
    ),
    *(
        Refusal(
            partial(_of_other_bound, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with bound={{config.bound.text}}",
            "the term takes one code for each image, as bound=elbo draws it",
        )
        for term in (*BATCH_TERMS, "mmd")
    ),
    Refusal(
        lambda config: config.objective.kl_warmup > 0 and config.objective.weights.kl == 0,
        "objective.kl_warmup={config.objective.kl_warmup} with objective.weights.kl=0",
        "there is no weight to warm up",
    ),
]
