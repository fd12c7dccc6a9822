"""Every choice that the schema offers in a slot, and overrides that hold each of them together with each model.

No list is kept by hand: a kind, a knob or a weight that joins the schema joins the tests.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple

import yaml

from narrows.config.dotted import flatten, value_at
from narrows.config.schema import Config
from narrows.errors import UserError
from support.configs import tiny

SLOTS = ("model", "code", "corruption", "objective", "pretrain", "optimizer", "schedule")

#: Left to tests of their own, which train with every activation.
ELSEWHERE = {"model.activation", "code.activation"}


class Choice(NamedTuple):
    """One value of a factor: `model`, `model.norm`, `objective.weights`. No config has two choices of one factor."""

    factor: str
    override: str


@cache
def choices() -> list[Choice]:
    """Kinds of the slots, values of what takes one of few values, and amounts that are 0 by default and not here."""
    schema = Config.model_json_schema()
    found = [choice for slot in SLOTS for choice in _of_slot(slot, schema["properties"][slot], schema["$defs"])]
    return list(dict.fromkeys(found))


def _of_slot(slot: str, field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Choice]:
    for section in _resolved(field, definitions):
        names = section["properties"]["name"]
        for name in [names["const"]] if "const" in names else names["enum"]:
            yield Choice(slot, f"{slot}={name}")
        for key, knob, factor in _knobs(section, definitions, slot):
            if key not in ELSEWHERE and not key.endswith(".name"):
                default = value_at(_composed(f"{slot}={name}"), key)
                yield from (Choice(factor, f"{key}={value}") for value in _values(knob, default))


def _knobs(
    section: Mapping[str, Any], definitions: Mapping[str, Any], before: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Key, JSON schema and factor of each knob: the weights of a section below a slot are one factor."""
    for name, field in section["properties"].items():
        for knob in _resolved(field, definitions):
            if "properties" in knob:
                yield from (
                    (key, value, f"{before}.{name}") for key, value, _ in _knobs(knob, definitions, f"{before}.{name}")
                )
            else:
                yield f"{before}.{name}", knob, f"{before}.{name}"


def _resolved(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for option in field.get("oneOf", [field]):
        yield definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option


def _values(knob: Mapping[str, Any], default: Any) -> list[str]:
    """What a knob is set to beside its default; nothing where any number will do."""
    if "enum" in knob:
        return [value for value in knob["enum"] if value != default]
    match knob.get("type"):
        case "boolean":
            return [str(not default).lower()]
        case "number" if default == 0:
            return ["0.1"]
        case "integer" if default == 0:
            return ["1"]
        case "string":
            raise AssertionError(f"{knob}: text of which the schema lists no choices")
    return []


@cache
def _composed(*overrides: str) -> dict[str, Any]:
    return tiny(*overrides).model_dump()


def values_of(chosen: list[Choice]) -> dict[str, Any] | None:
    """Plain values of a small run with these choices; None where one is of a kind that is not chosen."""
    values = deepcopy(_composed())
    for choice in sorted(chosen, key=lambda choice: "." in choice.factor):  # kinds first, then their knobs
        key, _, text = choice.override.partition("=")
        if choice.factor in SLOTS:
            _set_kind(values, choice)
        elif value_at(values, key) is None:
            return None
        else:
            *path, name = key.split(".")
            section = value_at(values, ".".join(path))
            section[name] = yaml.safe_load(text)
    return values


def _set_kind(values: dict[str, Any], choice: Choice) -> None:
    """The section of this kind, and what it changes elsewhere: a variational code brings a weight of its divergence."""
    composed, before = _composed(choice.override), _composed()
    if choice.factor == "objective":
        values["objective"]["name"] = composed["objective"]["name"]
    else:
        values[choice.factor] = deepcopy(composed[choice.factor])
    for key, value in flatten(composed):
        if not key.startswith(f"{choice.factor}.") and value_at(before, key) != value:
            *path, name = key.split(".")
            value_at(values, ".".join(path))[name] = value


def with_kind(chosen: list[Choice]) -> list[Choice] | None:
    """The choices, and the first kind that has them where they are knobs that the default kind does not have."""
    kinds = [choice for choice in choices() if choice.factor in SLOTS]
    taken = {choice.factor for choice in chosen}
    candidates = [chosen, *([kind, *chosen] for kind in kinds if kind.factor not in taken)]
    return next((candidate for candidate in candidates if values_of(candidate) is not None), None)


def valid(chosen: list[Choice]) -> bool:
    values = values_of(chosen)
    try:
        return values is not None and bool(Config.parse(values))
    except UserError:
        return False


def companions(chosen: list[Choice]) -> list[Choice] | None:
    """The choices with as few others as make them work together; None where not even two others do."""
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
    """Each choice of the schema that is not the default, with the fewest others that it needs.

    Raises AssertionError for a choice with which no config works.
    """
    found = []
    for choice in choices():
        chosen = companions([choice])
        assert chosen, f"no config works with {choice.override}"
        if values_of(chosen) != _composed():
            found.append(tuple(other.override for other in chosen))
    return list(dict.fromkeys(found))


@cache
def combined() -> list[tuple[str, ...]]:
    """Each choice of the schema with each kind of model that has it, as many in each config as work together."""
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
            yield tuple(choice.override for choice in chosen)
        left = [choice for choice in left[1:] if choice not in chosen]
