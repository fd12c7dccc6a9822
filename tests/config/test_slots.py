"""Every combination of the slots either trains or is refused with a sentence: nothing fails in between."""

import itertools
from copy import deepcopy

import pytest
import torch

from narrows.build import build, build_corruption, build_objective
from narrows.config import refusals
from narrows.config.refusals import REFUSALS
from narrows.config.schema import Config
from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.models.codes import Variational
from narrows.seeds import generator
from narrows.training.make import make_module
from narrows.training.pretraining import pairs
from support.configs import TINY, configure

MODELS = {
    "mlp": ("model=mlp", "model.widths=[16,8]"),
    "mlp tied": ("model=mlp", "model.widths=[16,8]"),
    "mlp batch": ("model=mlp", "model.widths=[16,8]", "model.norm=batch", "model.dropout=0.1"),
    "mlp tanh": ("model=mlp", "model.widths=[16,8]", "model.output=tanh", "model.init=sparse"),
    "linear": ("model=linear",),
    "linear tied": ("model=linear", "model.output=sigmoid"),
    "conv": ("model=conv", "model.channels=[4,6]"),
    "conv resize": ("model=conv", "model.channels=[4,6]", "model.up=resize", "model.norm=layer", "model.dropout=0.1"),
    "conv tied": ("model=conv", "model.channels=[4,6]"),
    "conv tied resize": ("model=conv", "model.channels=[4,6]", "model.up=resize"),
    "conv batch": ("model=conv", "model.channels=[4,6]", "model.norm=batch"),
}
CODES = ("plain", "variational", "sparse", "quantised")
CORRUPTIONS = ("none", "masking", "gaussian", "salt_pepper")
OBJECTIVES = ("mse", "bce", "l1")
TERMS = ("", "kl", "code_l1", "contractive", "orthogonal")
PRETRAINS = ("none", "layerwise")


def plain(*overrides: str) -> dict:
    return configure(*TINY, *overrides).model_dump()


@pytest.fixture(scope="module")
def options() -> dict[str, dict[str, dict]]:
    """Each slot's sections as plain values, composed once: the product below has thousands of members."""
    return {
        "model": {name: plain(*chosen)["model"] | {"tied": "tied" in name} for name, chosen in MODELS.items()},
        "code": {name: plain(f"code={name}")["code"] for name in CODES},
        "corruption": {name: plain(f"corruption={name}")["corruption"] for name in CORRUPTIONS},
        "objective": {name: plain("model.output=sigmoid", f"objective={name}")["objective"] for name in OBJECTIVES},
        "pretrain": {name: plain(f"pretrain={name}")["pretrain"] for name in PRETRAINS},
    }


def combined(options: dict, model: str, code: str, corruption: str, objective: str, term: str, pretrain: str) -> dict:
    values = plain()
    chosen = {"model": model, "code": code, "corruption": corruption, "objective": objective, "pretrain": pretrain}
    values |= {slot: deepcopy(options[slot][name]) for slot, name in chosen.items()}
    if term:
        values["objective"]["weights"][term] = 0.1
    return values


def unchecked(values: dict, monkeypatch: pytest.MonkeyPatch) -> Config:
    with monkeypatch.context() as patch:
        patch.setattr(refusals, "REFUSALS", [])
        return Config.parse(values)


def held(config: Config) -> list[refusals.Refusal]:
    return [found for found in REFUSALS if found.holds(config)]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("model", MODELS)
def test_every_combination_trains_or_is_refused(model, code, options, splits, monkeypatch):
    images = as_floats(splits.train.pixels[:16])
    for corruption, objective, term in itertools.product(CORRUPTIONS, OBJECTIVES, TERMS):
        values = combined(options, model, code, corruption, objective, term, "none")
        reasons = held(unchecked(values, monkeypatch))
        if reasons:
            with pytest.raises(UserError) as error:
                Config.parse(values)
            assert reasons[0].why in str(error.value) and "\n" not in str(error.value)
        else:
            step(Config.parse(values), images)


def step(config: Config, images: torch.Tensor) -> None:
    """What a training step does, without Lightning: finite losses and gradients, one loss for each image."""
    autoencoder = build(config.model, config.code, (1, 28, 28), generator(0, "weights"))
    noise = generator(0, "noise")
    output = autoencoder(build_corruption(config.corruption)(images, noise), noise)
    losses = build_objective(config.objective)(autoencoder, output, images, 0)
    assert losses.shape == (len(images),) and losses.isfinite().all(), config
    losses.mean().backward()
    gradients = [parameter.grad for parameter in autoencoder.parameters() if parameter.grad is not None]
    assert gradients and all(gradient.isfinite().all() for gradient in gradients), config


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("model", MODELS)
def test_every_stack_is_pretrained_in_pairs_or_refused(model, code, options, splits, monkeypatch):
    values = combined(options, model, code, "masking", "mse", "", "layerwise")
    if held(unchecked(values, monkeypatch)):
        with pytest.raises(UserError):
            Config.parse(values)
        return
    config, images = Config.parse(values), as_floats(splits.train.pixels[:16]).flatten(1)
    module = make_module(config, splits)
    found = pairs(module.autoencoder)
    assert len(found) == {"mlp": 3, "linear": 1, "conv": 3}[config.model.name]
    for pair in found:
        assert pair.forward(images, module.noise).shape == pair.target(images).shape


def test_every_refusal_is_met_by_the_product_and_names_its_keys(options, monkeypatch):
    """The table holds no entry that nothing reaches, and each says key=value, why."""
    product = itertools.product(MODELS, CODES, ("none",), OBJECTIVES, TERMS, PRETRAINS)
    configs = [unchecked(combined(options, *names), monkeypatch) for names in product]
    configs.append(unchecked(changed(plain(), kl_warmup=3), monkeypatch))
    configs.append(unchecked(changed(plain("code=sparse"), active=7), monkeypatch))
    configs.append(unchecked(changed(plain("trainer.patience=3"), val_size=0), monkeypatch))
    configs.append(unchecked(changed(plain("model.norm=batch"), train_size=513), monkeypatch))
    elsewhere = ("data.path", "data.scale", "evaluation")  # see test_own.py and test_claims.py
    for refusal in [one for one in REFUSALS if not any(key in one.pair for key in elsewhere)]:
        config = next(config for config in configs if refusal.holds(config))
        pair = refusal.pair.format(config=config)
        assert pair.count("=") == 2 and " with " in pair
        assert len(refusal.why) > 20


def changed(values: dict, **changes: int) -> dict:
    for section in ("objective", "code", "data"):
        values[section] |= {key: value for key, value in changes.items() if key in values[section]}
    return values


def test_a_variational_code_brings_its_weight_and_its_numbers():
    config = configure(*TINY, "code=variational", "objective=bce")
    assert config.objective.weights.kl == 1.0
    autoencoder = build(config.model, config.code, (1, 28, 28))
    assert isinstance(autoencoder.code, Variational)
    assert autoencoder.encoder[-1].out_features == 6 and autoencoder.decoder[0].in_features == 3
    assert configure(*TINY, "code=variational", "objective.weights.kl=4.0").objective.weights.kl == 4.0


def test_what_is_refused_is_refused_on_the_command_line_in_one_line(command):
    outcome = command("train.py", *TINY, "model=linear", "objective=bce")
    assert outcome.status == 2
    assert outcome.line.startswith("error: objective.name=bce with model.output=linear: ")
