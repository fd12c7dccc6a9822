"""Choices of the slots either train together or are refused with a sentence: nothing fails in between."""

import itertools
from copy import deepcopy
from typing import Any

import pytest
import torch

from narrows.bench.choices import SLOTS, Choice, choices, values_of
from narrows.bench.schema_knobs import possible_values
from narrows.build import build, build_autoencoder
from narrows.build_objective import build_held_out
from narrows.config import refusals
from narrows.config.refusals import REFUSALS
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.models.codes import Variational
from narrows.models.conditional import with_labels
from narrows.seeds import generator
from narrows.training.make import make_module
from narrows.training.pretraining import pairs
from support.configs import TINY, configure


def unchecked(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Config:
    with monkeypatch.context() as patch:
        patch.setattr(refusals, "REFUSALS", [])
        return Config.parse(values)


def trains_or_is_refused(values: dict[str, Any], images: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    config = unchecked(values, monkeypatch)
    reasons = [refusal for refusal in REFUSALS if refusal.holds(config)]
    if not reasons:
        step(Config.parse(values), images)
        return
    with pytest.raises(UserError) as error:
        Config.parse(values)
    assert reasons[0].why in str(error.value) and "\n" not in str(error.value)


def with_kind(chosen: list[Choice]) -> list[Choice] | None:
    """The choices; with the first kind that has these knobs, if the default kind does not have them."""
    kinds = [choice for choice in choices() if choice.factor in SLOTS]
    taken = {choice.factor for choice in chosen}
    candidates = [chosen, *([kind, *chosen] for kind in kinds if kind.factor not in taken)]
    return next((candidate for candidate in candidates if values_of(candidate) is not None), None)


def small(chosen: list[Choice]) -> dict[str, Any] | None:
    """Plain values with these choices and few units, None for a knob of another kind."""
    completed = with_kind(chosen)
    values = values_of(completed) if completed else None
    for key, sizes in (("widths", [16, 8]), ("channels", [4, 6])):
        if values and key in values["model"]:
            values["model"][key] = sizes
    return values


def step(config: Config, images: torch.Tensor) -> None:
    """What a training step does, without Lightning: finite losses and gradients, one loss for each image."""
    autoencoder = build_autoencoder(config, generator(0, "weights"))
    noise, held_out = generator(0, "noise"), build_held_out(config)
    if autoencoder.conditional:
        images = with_labels(images, torch.arange(len(images)) % 10)
    objective = held_out.objective
    output = autoencoder(held_out.corruption(images, noise), noise, objective.draws)
    losses = objective(autoencoder, output, images, 0, noise)
    assert losses.shape == (len(images),) and losses.isfinite().all(), config
    losses.mean().backward()
    gradients = [parameter.grad for parameter in autoencoder.parameters() if parameter.grad is not None]
    assert gradients and all(gradient.isfinite().all() for gradient in gradients), config


@pytest.mark.parametrize("choice", choices(), ids=lambda choice: choice.override)
def test_every_two_choices_train_together_or_are_refused(choice, splits, monkeypatch):
    images = as_floats(splits.train.pixels[:16])
    for other in choices()[choices().index(choice) + 1 :]:
        values = small([choice, other]) if other.factor != choice.factor else None
        if values:
            trains_or_is_refused(values, images, monkeypatch)


def every(*factors: str) -> list[list[Choice]]:
    """One choice of each of these factors, in every combination."""
    columns = [[choice for choice in choices() if choice.factor == factor] for factor in factors]
    return list(map(list, itertools.product(*columns)))


@pytest.mark.parametrize("chosen", every("model", "code"), ids=lambda chosen: " ".join(c.override for c in chosen))
def test_every_model_with_every_code_corruption_and_objective(chosen, splits, monkeypatch):
    images = as_floats(splits.train.pixels[:16])
    for more in every("corruption", "objective", "objective.weights"):
        trains_or_is_refused(small([*chosen, *more]), images, monkeypatch)


@pytest.mark.parametrize("chosen", every("model", "code"), ids=lambda chosen: " ".join(c.override for c in chosen))
@pytest.mark.parametrize("tied", [False, True])
def test_every_stack_is_pretrained_in_pairs_or_refused(chosen, tied, splits, monkeypatch):
    layerwise = [choice for choice in choices() if choice.override in ("pretrain=layerwise", "corruption=masking")]
    values = small([*chosen, *layerwise])
    values["model"]["tied"] = tied
    if any(refusal.holds(unchecked(values, monkeypatch)) for refusal in REFUSALS):
        with pytest.raises(UserError):
            Config.parse(values)
        return
    config, images = Config.parse(values), as_floats(splits.train.pixels[:16]).flatten(1)
    module = make_module(config, splits)
    stack = pairs(module.autoencoder)
    assert len(stack) == {"mlp": 3, "linear": 1, "conv": 3}[config.model.name]
    for pair in stack:
        inputs = pair.target(images)
        assert pair.forward(inputs, module.noise).shape == inputs.shape


def test_every_refusal_is_met_by_two_choices_and_names_its_keys(monkeypatch):
    """The table holds no entry that nothing reaches, and each says key=value, why."""
    values = [small(list(pair)) for pair in itertools.combinations(choices(), 2) if pair[0].factor != pair[1].factor]
    values += [
        changed(code="sparse", active=7),
        changed(code="vector_quantised", vectors=2),
        changed(trainer="cpu", patience=3, val_size=0),
        changed(model="mlp", norm="batch", train_size=513),
        changed(objective="mse", mmd=0.1, train_size=513),
        changed(pretrain="layerwise", binarise="dynamic"),
        changed("code=variational", posterior="von_mises_fisher", bottleneck=1),
        *(
            changed("code=variational", monitor="clean_loss", **{slot: kind})
            for slot, kind in (("posterior", "iaf"), ("prior", "flow"), ("bound", "iwae"))
        ),
        changed(conditional=True, binarise="dynamic"),
        changed("objective=gaussian", binarise="fixed"),
        changed(clip=1.0, precision="16-mixed"),
        changed(schedule="one_cycle", beta1=0.5),
        changed(warmup=50.0),
        changed(corruption="patches", pixels="hidden", level=0.0),
        changed(corruption="patches", pixels="hidden", monitor="clean_loss"),
    ]
    configs = [unchecked(overrides, monkeypatch) for overrides in values if overrides]
    elsewhere = ("data.path", "data.choice", "data.numbers", "evaluation")  # see tests/own and test_claims.py
    for refusal in [refusal for refusal in REFUSALS if not any(key in refusal.pair for key in elsewhere)]:
        config = next(config for config in configs if refusal.holds(config))
        pair = refusal.pair.format(config=config)
        assert pair.count("=") == 2 and " with " in pair
        assert len(refusal.why) > 20


def changed(*more: str, **changes: Any) -> dict[str, Any]:
    """The values of a small run with kinds in slots and other values of some knobs, wherever they stand."""
    slots = {key: value for key, value in changes.items() if isinstance(value, str) and key in Config.model_fields}
    knobs = [(key, value) for key, value in changes.items() if key not in slots]
    values = deepcopy(configure(*TINY, *more, *(f"{slot}={kind}" for slot, kind in slots.items())).model_dump())
    for name, value in knobs:
        section = next(part for part in (*values.values(), values["objective"]["weights"]) if _has(part, name))
        section[name] = value
    return values


def _has(part: object, name: str) -> bool:
    return isinstance(part, dict) and name in part and not isinstance(part[name], dict)


def test_a_variational_code_brings_its_weight_and_its_numbers():
    config = configure(*TINY, "code=variational", "objective=bce")
    assert config.objective.weights.kl == 1.0
    autoencoder = build(config.model, config.code, (1, 28, 28))
    assert isinstance(autoencoder.code, Variational)
    assert autoencoder.encoder[-1].out_features == 6 and autoencoder.decoder[0].in_features == 3
    assert configure(*TINY, "code=variational", "objective.weights.kl=4.0").objective.weights.kl == 4.0


def test_what_is_refused_is_refused_on_the_command_line_in_one_line(command):
    outcome = command("train", *TINY, "model=linear", "objective=bce")
    assert outcome.status == 2
    assert outcome.line.startswith("error: objective.name=bce with model.output=linear: ")


@pytest.mark.parametrize(
    "knob",
    [
        {"type": "string"},
        {"const": "relu", "type": "string"},
        {"type": "null"},
        {"type": "object"},
        {"type": "array", "items": {"enum": ["relu", "tanh"], "type": "string"}},
    ],
    ids=str,
)
def test_no_knob_is_left_out_because_its_values_are_not_listed(knob):
    with pytest.raises(AssertionError, match="cannot tell which values"):
        possible_values(knob, None)
