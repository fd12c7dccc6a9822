"""The identity of a run: the part of its config that decides its numbers, without paths, device and logging.

Fields that were added to the schema after the first records have a pydantic default, the neutral value: a record
without the field was trained as if with this value, as in `mmd: Amount = Field(default=0.0, …)`. Fields at their
neutral value are left out of the identity, so that a new field changes no fingerprint and old records stay readable.
The defaults for users are in conf/, not here. The neutral value of a section is an instance:
`Field(default=Kernel(bandwidths=[1.0]))`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from narrows.config.dotted import flatten

#: Knobs, or sections of them, that change no number.
INDIFFERENT = ("run", "logger", "data.root", "data.path", "trainer.accelerator", "trainer.threads")
_INDIFFERENT = tuple(f"{name}." for name in INDIFFERENT)  # as `str.startswith` takes them, 256 runs ask 1,500 times


def _draws_noise(values: Mapping[str, Any]) -> bool:
    return values.get("corruption.name", "none") != "none" or values.get("code.name") == "variational"


#: Knobs that change a number in some configs only, with the condition on their values by dotted key.
CONDITIONAL: dict[str, Callable[[Mapping[str, Any]], bool]] = {"trainer.monitor": _draws_noise}


def deciding(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every dotted key of a config's plain values that can change a number, in this config or in another one."""
    return {key: value for key, value in flatten(values) if not f"{key}.".startswith(_INDIFFERENT)}


def identity(values: Mapping[str, Any], schema: type[BaseModel]) -> dict[str, Any]:
    """`deciding` without the keys that are at their neutral value in `schema`, or have no effect.

    `values` may come from an old record or checkpoint: nothing is validated, and no data are opened.
    """
    neutral, flat = neutral_values(schema), effective(deciding(values))
    return {key: value for key, value in flat.items() if key not in neutral or value != neutral[key]}


def effective(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The values, by dotted key, without those of `CONDITIONAL` that have no effect in this config."""
    return {key: value for key, value in flat.items() if key not in CONDITIONAL or CONDITIONAL[key](flat)}


@cache
def neutral_values(schema: type[BaseModel]) -> dict[str, Any]:
    """The neutral value of each dotted key that has one. Raises TypeError if kinds of a section declare two."""
    json_schema = schema.model_json_schema()
    neutral: dict[str, Any] = {}
    for key, value in _defaults(json_schema, json_schema.get("$defs", {})):
        if neutral.setdefault(key, value) != value:
            raise TypeError(f"{key}: declared neutral at {neutral[key]} and at {value}")
    return neutral


def _defaults(
    section: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for key, field in section["properties"].items():
        if "default" in field:
            yield from flatten({key: field["default"]}, prefix)
        for kind in kinds(field, definitions):
            if "properties" in kind:
                yield from _defaults(kind, definitions, f"{prefix}{key}.")


def kinds(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The JSON schema of a field, or one for each kind of section that can stand there."""
    for option in field.get("oneOf", [field]):
        yield definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
