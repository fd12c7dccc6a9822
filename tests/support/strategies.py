"""Hypothesis strategies for the knobs of the default kinds, made from the schema, so that a new knob has one too."""

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from narrows.config.dotted import value_at
from narrows.config.schema import Config


def strategies(default: Mapping[str, Any]) -> dict[str, st.SearchStrategy]:
    """By dotted key, values that the schema accepts; names of kinds, which bring knobs of their own, are left out."""
    schema = Config.model_json_schema()
    return dict(_of_section(schema, schema["$defs"], default, ""))


def _of_section(
    section: Mapping[str, Any], definitions: Mapping[str, Any], default: Mapping[str, Any], before: str
) -> Iterator[tuple[str, st.SearchStrategy]]:
    for name, field in section["properties"].items():
        knob = _resolved(field, definitions, value_at(default, f"{before}{name}"))
        if "properties" in knob:
            yield from _of_section(knob, definitions, default, f"{before}{name}.")
        elif "const" not in knob:
            yield f"{before}{name}", _values(knob)


def _resolved(field: Mapping[str, Any], definitions: Mapping[str, Any], default: Any) -> Mapping[str, Any]:
    """The field's own schema; of the kinds in a slot, that of the default."""
    options = [
        definitions[option["$ref"].rpartition("/")[2]] if "$ref" in option else option
        for option in field.get("oneOf", [field])
    ]
    return next(option for option in options if len(options) == 1 or _is_of_kind(option, default["name"]))


def _is_of_kind(section: Mapping[str, Any], name: str) -> bool:
    names = section["properties"]["name"]
    return name in names.get("enum", [names.get("const")])


def _values(knob: Mapping[str, Any]) -> st.SearchStrategy:
    if "enum" in knob:
        return st.sampled_from(knob["enum"])
    if "anyOf" in knob:
        return st.one_of(*map(_values, knob["anyOf"]))
    least, most = (
        knob.get("minimum", knob.get("exclusiveMinimum", 0)),
        knob.get("maximum", knob.get("exclusiveMaximum", 100)),
    )
    match knob["type"]:
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "integer":
            return st.integers(least, max(least, most))
        case "number":
            bounds = {"exclude_min": "exclusiveMinimum" in knob, "exclude_max": "exclusiveMaximum" in knob}
            return st.floats(least, most, **bounds)
        case "array":
            return st.lists(_values(knob["items"]), min_size=knob.get("minItems", 0), max_size=5)
        case "string":
            return st.text()
        case kind:
            raise AssertionError(f"{knob}: no strategy for {kind}")
