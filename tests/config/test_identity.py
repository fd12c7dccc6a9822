"""Knobs that are added later: at their neutral value no fingerprint changes and old records stay readable."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from narrows.config.dotted import value_at
from narrows.config.identity import neutral_values
from narrows.config.objective_section import Objective, Weights
from narrows.config.schema import Config
from narrows.config.slots import Amount, Count, Section
from narrows.errors import UserError
from support.configs import CONF, composed, configure

OPTIONS = [
    f"{folder.name}={file.stem}"
    for folder in sorted(CONF.iterdir())
    if folder.name in Config.model_fields
    for file in sorted(folder.glob("*.yaml"))
]


class Kernel(Section):
    """A section whose fields have no neutral value of their own."""

    bandwidths: list[Amount]
    name: Literal["imq", "rbf"]


class NoNoise(Section):
    name: Literal["none"]


class Noise(Section):
    name: Literal["normal"]
    level: Amount


class MoreWeights(Weights):
    entropy: Amount = Field(default=0.0, description="of a term that is added tomorrow")


class MoreObjective(Objective):
    weights: MoreWeights
    kernel: Kernel = Field(default=Kernel(bandwidths=[1.0, 2.0], name="imq"))
    samples: Count | None = Field(default=None)


class MoreConfig(Config):
    """Tomorrow's schema: a weight, a section, a knob that may be null and a section of two kinds are new."""

    objective: MoreObjective
    noise: Annotated[NoNoise | Noise, Field(discriminator="name")] = Field(default=NoNoise(name="none"))


OLD = configure().model_dump()


def more(**objective: object) -> MoreConfig:
    return MoreConfig.parse(OLD | {"objective": OLD["objective"] | objective})


def test_a_new_knob_at_its_neutral_value_changes_no_fingerprint():
    assert more().objective.weights.entropy == 0.0
    assert more().identity() == configure().identity()
    assert more().fingerprint("data", 1) == configure().fingerprint("data", 1)


def test_written_out_the_neutral_value_is_still_neutral():
    spelled = MoreConfig.parse(more().model_dump())
    assert spelled.model_dump()["objective"]["kernel"]["bandwidths"] == [1.0, 2.0]
    assert spelled.fingerprint() == configure().fingerprint()


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("objective.weights.entropy", {"weights": OLD["objective"]["weights"] | {"entropy": 0.1}}),
        ("objective.kernel.name", {"kernel": {"bandwidths": [1.0, 2.0], "name": "rbf"}}),
        ("objective.kernel.bandwidths", {"kernel": {"bandwidths": [1.0], "name": "imq"}}),
        ("objective.samples", {"samples": 5}),
    ],
)
def test_any_other_value_of_the_new_knob_is_another_run(key, change):
    changed = more(**change)
    assert changed.identity().keys() - more().identity().keys() == {key}
    assert changed.fingerprint() != more().fingerprint()


def test_another_kind_of_a_new_section_is_another_run():
    changed = MoreConfig.parse(OLD | {"noise": {"name": "normal", "level": 0.5}})
    assert changed.identity() == more().identity() | {"noise.name": "normal", "noise.level": 0.5}


def test_every_knob_has_a_column_even_at_its_neutral_value():
    new = {"objective.weights.entropy", "objective.kernel.name", "objective.kernel.bandwidths", "objective.samples"}
    assert more().flat().keys() - configure().flat().keys() == new | {"noise.name"}


def test_two_kinds_with_different_neutral_values_are_a_mistake_in_the_schema():
    class Other(Section):
        name: Literal["other"]
        level: Amount = Field(default=1.0)

    class Level(Section):
        name: Literal["level"]
        level: Amount = Field(default=0.0)

    class Both(Section):
        noise: Annotated[Other | Level, Field(discriminator="name")]

    with pytest.raises(TypeError, match=r"noise\.level"):
        neutral_values(Both)


#: Knobs whose default is another one than that of old records, since it was wrong.
CORRECTED = {"trainer.monitor"}


#: What an option sets that is as new as itself, so that no earlier command has it.
BROUGHT = {("code=gated", "objective.weights.gate_error")} | {
    (f"code={kind}_quantised", "objective.weights.commitment") for kind in ("vector", "residual")
}


@pytest.mark.parametrize("option", OPTIONS)
def test_the_default_that_users_get_is_the_neutral_value(option):
    """Else a command of last year would train something else today."""
    values, absent = composed(option).model_dump(), object()
    neutral_of = neutral_values(Config)
    group = option.partition("=")[0]
    chosen = f"{group}." if f"{group}.name" in neutral_of else " "  # a slot that is new: another kind is not neutral
    for key, neutral in neutral_of.items():
        is_new = key.startswith(chosen) or key in CORRECTED or (option, key) in BROUGHT
        assert is_new or value_at(values, key, absent) in (neutral, absent), key


@pytest.mark.parametrize("kind", ["corruption=masking", "corruption=gaussian", "code=variational"])
def test_the_monitored_loss_is_part_of_runs_that_train_with_noise(kind):
    """A record without it chose its epoch by the loss of clean images."""
    old = configure(kind).model_dump()
    del old["trainer"]["monitor"]
    assert Config.identity_of(old) == configure(kind, "trainer.monitor=clean_loss").identity()
    assert Config.identity_of(old) | {"trainer.monitor": "loss"} == configure(kind).identity()


@pytest.mark.parametrize("kind", ["model=mlp", "code=sparse", "objective=bce"])
def test_the_monitored_loss_is_no_part_of_other_runs(kind):
    old = configure(kind).model_dump()
    del old["trainer"]["monitor"]
    for monitor in ("loss", "clean_loss"):
        assert Config.identity_of(old) == configure(kind, f"trainer.monitor={monitor}").identity()


def test_a_knob_without_a_neutral_value_has_to_be_there():
    """Records hold these, so a config without one is damaged."""
    weights = {key: value for key, value in OLD["objective"]["weights"].items() if key != "kl"}
    with pytest.raises(UserError, match=r"objective\.weights"):
        Config.parse(OLD | {"objective": OLD["objective"] | {"weights": weights}})


def test_the_identity_of_plain_values_reads_no_data():
    values = configure("data=arrays", "data.path=package:mlxtend/data/data/wine.csv").model_dump()
    moved = values | {"data": values["data"] | {"path": "nowhere.csv"}}
    assert Config.identity_of(moved) == Config.identity_of(values)
    assert Config.identity_of({"seed": 0}) == {"seed": 0}
