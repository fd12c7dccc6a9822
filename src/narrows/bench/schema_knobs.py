"""The knobs of a section of a JSON schema, and the values of each that are worth a test."""

from collections.abc import Iterator, Mapping
from typing import Any


def knobs_of(
    section: Mapping[str, Any], definitions: Mapping[str, Any], before: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Key, JSON schema and factor of each knob. All knobs of a section inside a slot are one factor."""
    for name, field in section["properties"].items():
        for knob in resolved(field, definitions):
            if "properties" in knob:
                yield from (
                    (key, value, f"{before}.{name}")
                    for key, value, _ in knobs_of(knob, definitions, f"{before}.{name}")
                )
            else:
                yield f"{before}.{name}", knob, f"{before}.{name}"


def resolved(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The JSON schema of a field, or of each option of a union; references are replaced with what they name."""
    for option in field.get("oneOf", [field]):
        yield definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option


def possible_values(knob: Mapping[str, Any], default: Any) -> list[str]:  # noqa: ANN401
    """The values to test beside the default; none for numbers whose value does not change which code runs.

    Raises AssertionError for a knob of any other type, so that no knob is left out unnoticed.
    """
    match knob:
        case {"enum": names}:
            return [name for name in names if name != default]
        case {"anyOf": [{"type": "number"}, {"type": "null"}]} if default is None:
            return ["0.1"]
        case {"type": "boolean"}:
            return [str(not default).lower()]
        case {"type": "number" | "integer" as kind} if default == 0:
            return ["0.1" if kind == "number" else "1"]
        case {"type": "number" | "integer"} | {"type": "array", "items": {"type": "number" | "integer"}}:
            return []
    raise AssertionError(f"{knob}: a test of every choice cannot tell which values this knob takes")
