"""Nested plain values by dotted keys: `model.bottleneck` is `values["model"]["bottleneck"]`."""

from collections.abc import Iterator, Mapping
from typing import Any


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every dotted key with its value, in the order of `values`; lists are values, an empty section has none."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def value_at(values: Mapping[str, Any], key: str, default: Any = None) -> Any:  # noqa: ANN401 - nested plain values
    """The value or section at a dotted key, or `default` where there is none."""
    value: Any = values
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return default
        value = value[part]
    return value
