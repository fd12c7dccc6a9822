"""Choices that do not work together with `model.gated=true`."""

from narrows.config import slots
from narrows.config.refusal import Choices, Refusal


def _gated(config: Choices) -> bool:
    return isinstance(config.model, slots.Mlp) and config.model.gated


GATE_REFUSALS = [
    Refusal(
        lambda config: _gated(config) and config.model.tied,
        "model.gated=true with model.tied=true",
        "a gate depends on the layer's input, of which the transposed layer has none",
    ),
    Refusal(
        lambda config: _gated(config) and slots.is_conditional(config.model),
        "model.gated=true with model.conditional=true",
        "the weights of classes would be behind the gates of the first layer",
    ),
]
