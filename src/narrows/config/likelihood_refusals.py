"""Choices about the decoder's likelihood that do not work together."""

from narrows.config import slots
from narrows.config.refusal import Choices, Refusal


def _without_logits(config: Choices) -> bool:
    return config.objective.name in ("bce", "continuous_bernoulli") and config.model.output != "sigmoid"


def _is_mixture(config: Choices) -> bool:
    return config.objective.name == "logistic_mixture"


LIKELIHOOD_REFUSALS = [
    Refusal(
        _without_logits,
        "objective.name={config.objective.name} with model.output={config.model.output}",
        "its outputs are logits of probabilities, for which model.output=sigmoid stands",
    ),
    Refusal(
        lambda config: config.data.binarise != "none" and config.objective.name in ("gaussian", "continuous_bernoulli"),
        "objective.name={config.objective.name} with data.binarise={config.data.binarise}",
        "it is a density of grey pixels, which has no upper bound where all are 0 or 1; choose objective=bce",
    ),
    Refusal(
        lambda config: config.data.contrast != "none" and config.objective.name in ("bce", "continuous_bernoulli"),
        "objective.name={config.objective.name} with {config.data.numbers}",
        "it takes pixels in [0, 1], and images that were not trained on may leave it; choose objective=mse or gaussian",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.model.output != "linear",
        "objective.name=logistic_mixture with model.output={config.model.output}",
        "its outputs are weights, means and scales and no pixels, for which model.output=linear stands",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.data.scaled != "pixels",
        "objective.name=logistic_mixture with numbers of {config.data.numbers}",
        "it is a distribution of the 256 values of a byte; objective=gaussian takes any numbers",
    ),
    Refusal(
        lambda config: _is_mixture(config) and config.model.tied,
        "objective.name=logistic_mixture with model.tied=true",
        "the decoder has several outputs for each input of the encoder, so its last layer is no transpose",
    ),
    Refusal(
        lambda config: _is_mixture(config) and isinstance(config.pretrain, slots.Layerwise),
        "objective.name=logistic_mixture with pretrain.name=layerwise",
        "layerwise pretraining minimises the squared error alone, which does not train weights and scales",
    ),
]
