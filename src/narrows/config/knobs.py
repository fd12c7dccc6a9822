"""All knobs of a run, read from the schema: for --help, for suggestions, and which kinds have which."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from narrows.config.dotted import value_at
from narrows.config.evaluations import listing
from narrows.config.identity import kinds
from narrows.config.schema import Config, Sweep
from narrows.config.study_section import Asked

#: Keys of a multirun that decide nothing in its runs.
SWEEPS = {
    "name": "of the folder: outputs/NAME with -m, else outputs/runs/NAME; by default the study's or the time",
    "study": "with -m: a question with a file of its own in conf/study",
    "size": "of that study: smoke (seconds), quick (minutes) or full (as for a paper)",
    "arm": "with -m: some of the study's arms, such as arm=clean,masking; by default all",
    "report.width": "of the figures in its report: column (3.3 inches), page (6.9) or slide (10, large text)",
}


def knobs() -> dict[str, str]:
    """Each dotted key with its meaning, bounds and choices, in the schema's order."""
    meanings: dict[str, dict[str, None]] = {}  # without repetitions, in order
    for key, knob in leaves():
        meanings.setdefault(key, {})[_meaning(knob)] = None
    run = {key: " | ".join(different) for key, different in meanings.items()}
    study = {f"study.{key}": f"with -m: {field.description}" for key, field in Asked.model_fields.items()}
    sweep = {f"sweep.{key}": _meaning(knob) for key, knob in Sweep.model_json_schema()["properties"].items()}
    return run | SWEEPS | study | sweep


@cache  # 20 ms
def schema_of_runs() -> dict[str, Any]:
    """The JSON schema of a run's config."""
    return Config.model_json_schema()


def leaves(names: Mapping[str, Any] | None = None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each dotted key of a run with its JSON schema, once for each kind that has it, in the schema's order.

    With `names`, values by dotted key such as those of a config, only of the kinds that they name.
    """
    schema = schema_of_runs()
    yield from _leaves(schema, schema["$defs"], names or {})


def _leaves(
    section: Mapping[str, Any], definitions: Mapping[str, Any], names: Mapping[str, Any], before: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """As `leaves`, of one section and everything in it."""
    for key, part in section["properties"].items():
        for kind in _called(names.get(f"{before}{key}.name"), list(kinds(part, definitions))):
            if "properties" in kind:
                yield from _leaves(kind, definitions, names, f"{before}{key}.")
            else:
                yield before + key, kind


def _called(name: object, kinds: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The kind of this name: of several, the one with the fewest other names; all of them for an unknown name."""
    having = [kind for kind in kinds if "properties" in kind and name in _names(kind)]
    return [min(having, key=lambda kind: len(_names(kind)))] if having else kinds


def _names(kind: Mapping[str, Any]) -> Sequence[str]:
    name = kind["properties"].get("name", {})
    names: Sequence[str] = name.get("enum", [name.get("const")])
    return names


@cache
def kinds_of(section: str) -> dict[str, frozenset[str]]:
    """For a section of several kinds, such as `code`, the dotted keys of each kind; empty for any other section."""
    schema = schema_of_runs()
    part, definitions = schema["properties"][section], schema["$defs"]
    keys_by_kind: dict[str, frozenset[str]] = {}
    for kind in kinds(part, definitions) if "oneOf" in part else ():
        keys = frozenset(key for key, _ in _leaves(kind, definitions, {}, f"{section}."))
        keys_by_kind |= dict.fromkeys(_names(kind), keys)
    return keys_by_kind


@cache
def kind_knobs() -> frozenset[str]:
    """The dotted keys that only some kinds of their section have, such as `code.active`."""
    sections = [list(kinds_of(section).values()) for section in Config.model_fields]
    return frozenset(key for keys in sections if keys for key in frozenset.union(*keys) - frozenset.intersection(*keys))


def owners(key: str) -> str:
    """“code=sparse, code=topk have it” for a key that only some kinds have; empty for any other key."""
    section = key.partition(".")[0]
    kinds = kinds_of(section) if section in Config.model_fields else {}
    choices = [f"{section}={name}" for name, keys in kinds.items() if key in keys]
    return f"{', '.join(choices)} {'have' if len(choices) > 1 else 'has'} it" if choices else ""


@cache
def types() -> dict[str, set[str]]:
    """For each dotted key the types of its values: `integer`, `number`, `string`, `boolean`, `array`, `null`."""
    types: dict[str, set[str]] = {}
    for key, knob in leaves():
        types.setdefault(key, set()).update(part.get("type", "") for part in knob.get("anyOf", [knob]))
    return types


@cache
def texts() -> set[str]:
    """The dotted keys whose values are any text, such as the path of a file."""
    return {
        key
        for key, knob in leaves()
        for part in knob.get("anyOf", [knob])
        if part.get("type") == "string" and not {"enum", "const"} & {*part}
    }


def table(defaults: Mapping[str, Any]) -> str:
    """The knobs as text for --help, a line each: key, default in this configuration, meaning; then the evaluations."""
    lines = [f"  {key:<29} {_default(key, defaults):<16} {meaning}" for key, meaning in knobs().items()]
    return "\n".join([*lines, "", "  evaluation=[…] is a list of", "", listing()])


BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


def _meaning(knob: Mapping[str, Any]) -> str:
    text = f"{knob['const']}: " if "const" in knob else ""
    text += str(knob["description"])
    text += f" [{', '.join(map(str, knob['enum']))}]" if "enum" in knob else ""
    for kind in (knob, *knob.get("anyOf", []), knob.get("items", {})):
        text += "".join(f" [{sign} {kind[bound]}]" for bound, sign in BOUNDS.items() if bound in kind)
    return text


def _default(key: str, values: Mapping[str, Any]) -> str:
    value = value_at(values, key, default="-")
    return json.dumps(value).strip('"')
