"""The choices that the schema offers in each slot, and overrides that combine each of them with each kind of model.

They are read from the JSON schema: a kind, a knob or a weight that is added to the schema is tested without a change
here. A part of the schema from which no choice can be read is an error, never skipped.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import yaml

import narrows
from narrows.bench.schema_knobs import knobs_of, possible_values, resolved
from narrows.config.dotted import flatten, value_at
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.fleet.grouping import program, why_alone

#: Parts of a run's config that are no slots, and have tests of their own.
NO_SLOTS = ("seed", "run", "data", "trainer", "logger", "evaluation")
SLOTS = tuple(key for key in Config.model_json_schema()["properties"] if key not in NO_SLOTS)

#: Knobs with tests of their own, which train with every activation.
TESTED_ELSEWHERE = {"model.activation", "code.activation"}


def small(*overrides: str) -> Config:
    """A run of a few seconds on digits that need no files."""
    return narrows.configure("data=mnist5k", "data.train_size=512", "trainer=cpu", "logger=none", *overrides)


#: What a slot that only some kinds of another have needs to be composed.
NEEDS = dict.fromkeys(("posterior", "prior", "bound"), ("code=variational",))


#: As few codes of each image as tell that there are several; the defaults have up to 64.
FEW = {
    "bound=iwae": ("bound.samples=2",),
    "bound=ciwae": ("bound.samples=2",),
    "bound=miwae": ("bound.samples=2", "bound.groups=2"),
    "bound=piwae": ("bound.samples=2", "bound.groups=2"),
}


class Choice(NamedTuple):
    """One value of a factor: `model`, `model.norm`, `objective.weights`. No config has two choices of one factor."""

    factor: str
    override: str


@cache
def choices() -> list[Choice]:
    """Each kind of each slot, each value of a knob with few values, a positive value of amounts with default 0."""
    schema = Config.model_json_schema()
    of_slots = [_of_slot(slot, schema["properties"][slot], schema["$defs"]) for slot in SLOTS]
    return list(dict.fromkeys(choice for of_slot in of_slots for choice in of_slot))


def _of_slot(slot: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Choice]:
    for section in resolved(field, definitions):
        names = section["properties"]["name"]
        for name in [names["const"]] if "const" in names else names["enum"]:
            yield Choice(slot, f"{slot}={name}")
        for key, knob, factor in knobs_of(section, definitions, slot):
            if key not in TESTED_ELSEWHERE and not key.endswith(".name"):
                default = value_at(_composed(*NEEDS.get(slot, ()), f"{slot}={name}"), key)
                yield from (Choice(factor, f"{key}={value}") for value in possible_values(knob, default))


@cache
def _composed(*overrides: str) -> dict[str, Any]:
    return small(*overrides).model_dump()


def values_of(chosen: list[Choice]) -> dict[str, Any] | None:
    """The values of a small run with these choices; None if one is a knob of a kind that is not chosen."""
    values: dict[str, Any] = _copied(_composed())
    for choice in sorted(chosen, key=lambda choice: "." in choice.factor):  # kinds first, then their knobs
        for key, value in _settings(choice):
            if choice.factor not in SLOTS and value_at(values, key, ...) is ...:
                return None
            section, _, name = key.rpartition(".")
            (value_at(values, section) if section else values)[name] = _copied(value)
    return values


@cache
def _settings(choice: Choice) -> list[tuple[str, Any]]:
    """The dotted keys that a choice sets, with their values.

    A kind sets its section and what its option changes elsewhere: code=variational sets the weight of kl.
    """
    key, _, text = choice.override.partition("=")
    if choice.factor not in SLOTS:
        return [(key, yaml.safe_load(text))]
    needs = NEEDS.get(choice.factor, ())
    composed, before = _composed(*needs, choice.override), _composed(*needs)
    kind = "objective.name" if choice.factor == "objective" else choice.factor
    elsewhere = [
        (key, value)
        for key, value in flatten(composed)
        if not key.startswith(f"{choice.factor}.") and value_at(before, key) != value
    ]
    return [(kind, value_at(composed, kind)), *elsewhere]


def _copied(value: Any) -> Any:  # noqa: ANN401 - nested plain values
    """A copy of nested sections: `deepcopy`, five times as fast, for the 35,000 combinations that are tried."""
    return {key: _copied(part) for key, part in value.items()} if isinstance(value, dict) else value


def valid(chosen: list[Choice]) -> bool:
    """Whether a config has all of these choices and is not refused."""
    values = values_of(chosen)
    try:
        return values is not None and bool(Config.parse(values))
    except UserError:
        return False


def companions(chosen: list[Choice]) -> list[Choice] | None:
    """The choices with the fewest others that make a valid config, at most two; None if there is none."""
    taken = {choice.factor for choice in chosen}
    others = [choice for choice in choices() if choice.factor not in taken]
    for count in range(3):
        for added in combinations(others, count):
            if len({choice.factor for choice in added}) == count and valid([*chosen, *added]):
                return [*chosen, *added]
        if values_of(chosen) is None and all(choice.factor.partition(".")[0] in taken for choice in chosen):
            return None  # a knob of another kind
    return None


@cache
def single() -> list[tuple[str, ...]]:
    """Each choice that is not the default, with the fewest others that it needs to be valid.

    Raises AssertionError for a choice with which no config is valid.
    """
    combinations_of_one = []
    for choice in choices():
        chosen = companions([choice])
        assert chosen, f"no config works with {choice.override}"
        if values_of(chosen) != _composed():
            combinations_of_one.append(_overrides(chosen))
    return list(dict.fromkeys(combinations_of_one))


@cache
def combined() -> list[tuple[str, ...]]:
    """Each choice with each kind of model that has it, in few configs of as many choices as are valid together."""
    models = [choice for choice in choices() if choice.factor == "model"]
    return [overrides for model in models for overrides in _combined(model)]


def _combined(model: Choice) -> Iterator[tuple[str, ...]]:
    left = [choice for choice in choices() if choice.factor != "model"]
    while left:
        chosen = companions([model, left[0]]) or []
        for choice in left[1:] if chosen else []:
            if choice.factor not in {other.factor for other in chosen} and valid([*chosen, choice]):
                chosen.append(choice)
        if chosen:
            yield _overrides(chosen)
        left = [choice for choice in left[1:] if choice not in chosen]


def _overrides(chosen: Sequence[Choice]) -> tuple[str, ...]:
    return tuple(text for choice in chosen for text in (choice.override, *FEW.get(choice.override, ())))


def of_one_program(configs: list[Config]) -> list[Config]:
    """The configs, all as wide as the last where codes of a fleet must have one width."""
    if len({program(config) for config in configs}) == 1:
        return configs
    return [of_width(config, configs[-1].model.bottleneck) for config in configs]


def of_width(config: Config, bottleneck: int) -> Config:
    """The config with another bottleneck."""
    return config.model_copy(update={"model": config.model.model_copy(update={"bottleneck": bottleneck})})


def precisions() -> list[str]:
    """The precisions in which fleets train."""
    options = Config.model_json_schema()["$defs"]["Trainer"]["properties"]["precision"]["enum"]
    return [precision for precision in options if not why_alone(small(f"trainer.precision={precision}"))]
