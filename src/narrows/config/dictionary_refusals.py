"""Choices of sparse dictionaries that do not work together: rows of the table in `refusals`."""

from collections.abc import Callable
from functools import partial

from narrows.config import slots
from narrows.config.refusal import Choices, Refusal, mixes_images, weighs

LINEAR = "the decoder of a dictionary is one linear layer; choose model=linear"


def _without(kind: type[slots.Section], term: str) -> Callable[[Choices], bool]:
    """Whether the term has a weight, and the code is of another kind."""
    return lambda config: weighs(term, config) and not isinstance(config.code, kind)


def _layered(term: str) -> Callable[[Choices], bool]:
    """Whether the term has a weight, and the decoder may have more than one layer."""
    return lambda config: weighs(term, config) and not isinstance(config.model, slots.Linear)


def _resamples(config: Choices) -> bool:
    return isinstance(config.code, slots.Watched) and config.code.resample > 0


def _unit_norm(config: Choices) -> bool:
    return isinstance(config.model, slots.Linear) and config.model.unit_norm


def _centred(config: Choices) -> bool:
    return isinstance(config.model, slots.Linear) and config.model.centred


def _weighted(term: str, key: str) -> str:
    return f"objective.weights.{term}={{config.objective.weights.{term}}} with {key}"


def _of_mixture(uses: Callable[[Choices], bool], config: Choices) -> bool:
    return config.objective.name == "logistic_mixture" and uses(config)


def _before_function(uses: Callable[[Choices], bool], config: Choices) -> bool:
    return config.model.output != "linear" and uses(config)


#: What takes vectors of the decoder for images.
OF_PIXELS: list[tuple[Callable[[Choices], bool], str]] = [
    (lambda config: config.objective.weights.aux_k > 0, "objective.weights.aux_k={config.objective.weights.aux_k}"),
    (_resamples, "code.resample={config.code.resample}"),
    (_centred, "model.centred=true"),
]

DICTIONARY_REFUSALS: list[Refusal] = [
    Refusal(
        _without(slots.JumpRelu, "code_l0"),
        _weighted("code_l0", "code.name={config.code.name}"),
        "the number of active units has a gradient by learnt thresholds only, which code=jumprelu has",
    ),
    Refusal(
        _without(slots.Gated, "gate_error"),
        _weighted("gate_error", "code.name={config.code.name}"),
        "this code has no gates; code=gated has",
    ),
    Refusal(
        _without(slots.Watched, "aux_k"),
        _weighted("aux_k", "code.name={config.code.name}"),
        "this code does not watch which units are dead; relu, topk, batch_topk, jumprelu and gated do",
    ),
    *(
        Refusal(_layered(term), _weighted(term, "model.name={config.model.name}"), LINEAR)
        for term in ("aux_k", "matryoshka")
    ),
    Refusal(
        lambda config: mixes_images(config) and config.objective.weights.gate_error > 0,
        _weighted("gate_error", "model.norm=batch"),
        "the term decodes each minibatch once more, which would change the norm's running statistics",
    ),
    Refusal(
        lambda config: config.model.tied and config.objective.weights.gate_error > 0,
        _weighted("gate_error", "model.tied=true"),
        "the term holds the decoder fixed while it trains the encoder, whose weights they are",
    ),
    Refusal(
        lambda config: _resamples(config) and not isinstance(config.model, slots.Linear),
        "code.resample={config.code.resample} with model.name={config.model.name}",
        LINEAR,
    ),
    Refusal(
        lambda config: _resamples(config) and config.model.tied,
        "code.resample={config.code.resample} with model.tied=true",
        "new rows of the encoder are shorter than new columns of the decoder, which are the same weights here",
    ),
    Refusal(
        lambda config: _unit_norm(config) and config.model.tied,
        "model.unit_norm=true with model.tied=true",
        "the decoder's columns are the encoder's rows, whose length decides which units are active",
    ),
    Refusal(
        lambda config: _unit_norm(config) and weighs("decoder_l2", config),
        _weighted("decoder_l2", "model.unit_norm=true"),
        "the decoder's vectors are used at length 1, whatever the length of their weights",
    ),
    *(
        Refusal(
            partial(_of_mixture, uses),
            f"{pair} with objective.name=logistic_mixture",
            "a vector of the decoder is an image there, and here weights, means and scales",
        )
        for uses, pair in OF_PIXELS
    ),
    *(
        Refusal(
            partial(_before_function, uses),
            f"{pair} with model.output={{config.model.output}}",
            "the decoder's vectors and bias are no images but the input of that function; model.output=linear has none",
        )
        for uses, pair in OF_PIXELS
    ),
]
