"""Choices that do not work together with `model.conditional=true`."""

from functools import partial

from narrows.config import slots
from narrows.config.latent_sections import VampPrior
from narrows.config.refusal import Choices, Refusal, weighs

#: Labels of a conditional autoencoder are kept as bytes.
MOST_CLASSES = 255


def _of_codes_alone(term: str, config: Choices) -> bool:
    return slots.is_conditional(config.model) and weighs(term, config)


CONDITIONAL_REFUSALS = [
    Refusal(
        lambda config: slots.is_conditional(config.model) and not config.data.entry.classes,
        "model.conditional=true with {config.data.choice}",
        "these data have no labels; data.label=NAME is the column that holds them",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and len(config.data.entry.classes) > MOST_CLASSES,
        "model.conditional=true with {config.data.choice}",
        f"these data have more than {MOST_CLASSES} classes, and labels are kept as bytes",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and config.model.tied,
        "model.conditional=true with model.tied=true",
        "the encoder takes images and labels, and the decoder gives images only, so it cannot be transposed",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and isinstance(config.pretrain, slots.Layerwise),
        "model.conditional=true with pretrain.name=layerwise",
        "pairs of layers reconstruct their whole input, of which the labels are not to be reconstructed",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and config.data.binarise == "dynamic",
        "model.conditional=true with data.binarise=dynamic",
        "images are drawn anew with their labels behind them; data.binarise=fixed has one draw for all epochs",
    ),
    Refusal(
        lambda config: slots.is_conditional(config.model) and isinstance(config.prior, VampPrior),
        "model.conditional=true with prior.name=vamp",
        "pseudo-inputs have no labels",
    ),
    *(
        Refusal(
            partial(_of_codes_alone, term),
            f"objective.weights.{term}={{config.objective.weights.{term}}} with model.conditional=true",
            "the term decodes codes, which have no labels",
        )
        for term in ("decoder_gradient", "gate_error")
    ),
]
