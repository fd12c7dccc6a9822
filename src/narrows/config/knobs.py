"""All knobs of a run, read from the schema, for --help and for suggestions where a key does not exist."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from narrows.config.dotted import value_at
from narrows.config.evaluations import listing
from narrows.config.identity import kinds
from narrows.config.schema import Config, Sweep

#: Keys of a multirun that its runs do not have.
SWEEPS = {
    "study": "with -m: a question with a file of its own in conf/study",
    "size": "of that study: smoke (seconds), quick (minutes) or full (as for a paper)",
    "report.width": "of the figures in its report: column (3.3 inches), page (6.9) or slide (10, large text)",
}


def knobs() -> dict[str, str]:
    """Each dotted key with its meaning, bounds and choices, in the schema's order."""
    meanings: dict[str, dict[str, None]] = {}  # without repetitions, in order
    for key, knob in leaves():
        meanings.setdefault(key, {})[_meaning(knob)] = None
    run = {key: " | ".join(different) for key, different in meanings.items()}
    sweep = {f"sweep.{key}": _meaning(knob) for key, knob in Sweep.model_json_schema()["properties"].items()}
    return run | SWEEPS | sweep


def leaves() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each dotted key of a run with its JSON schema, once for each kind that has it, in the schema's order."""
    schema = Config.model_json_schema()
    yield from _leaves(schema, schema["$defs"])


def _leaves(
    section: Mapping[str, Any], definitions: Mapping[str, Any], before: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """As `leaves`, of one section and everything in it."""
    for key, part in section["properties"].items():
        for kind in kinds(part, definitions):
            if "properties" in kind:
                yield from _leaves(kind, definitions, f"{before}{key}.")
            else:
                yield before + key, kind


def table(defaults: Mapping[str, Any]) -> str:
    """The knobs as text for --help, a line each: key, default in this configuration, meaning; then the evaluations."""
    lines = [f"  {key:<29} {_default(key, defaults):<16} {meaning}" for key, meaning in knobs().items()]
    return "\n".join([*lines, "", "  evaluation=[…] is a list of", "", listing()])


BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}


def _meaning(knob: Mapping[str, Any]) -> str:
    text = f"{knob['const']}: " if "const" in knob else ""
    text += str(knob["description"])
    text += f" [{', '.join(knob['enum'])}]" if "enum" in knob else ""
    for kind in (knob, *knob.get("anyOf", []), knob.get("items", {})):
        text += "".join(f" [{sign} {kind[bound]}]" for bound, sign in BOUNDS.items() if bound in kind)
    return text


def _default(key: str, values: Mapping[str, Any]) -> str:
    value = value_at(values, key, default="-")
    return json.dumps(value).strip('"')
