"""Knobs of a run as Python has them, keywords and plain values, written as overrides of the command line.

A keyword is the dotted key with `__` for the dot, or its last word where no other key ends with it, or the name of a
group: `optimizer__lr=1e-3`, `bottleneck=8`, `model="conv"`. Dotted keys in quotes are taken as they are.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from narrows.app.messages import unknown_key
from narrows.config.dotted import flatten
from narrows.config.knobs import knobs
from narrows.config.typed_text import quoted
from narrows.errors import UserError


def overrides(keywords: Mapping[str, object]) -> list[str]:
    """`optimizer.lr=0.001` for `optimizer__lr=1e-3`. Raises UserError for a name or value that cannot be a knob's."""
    return [f"{key}={text(value, key)}" for key, value in flatten(by_key(keywords))]


def by_key(keywords: Mapping[str, object]) -> dict[str, object]:
    """The values by the dotted keys that the keywords stand for. Raises UserError if two of them are the same."""
    values: dict[str, object] = {}
    names: dict[str, str] = {}  # by key
    for name, value in keywords.items():
        key = dotted_key(name)
        if earlier := names.get(key):
            raise UserError(f"{earlier} and {name} both set {key}; write {earlier} alone")
        values[key], names[key] = value, name
    return values


def axis(key: str, levels: object) -> str:
    """`seed=0,1,2` for the levels range(3); a single value, or a text, is the only level."""
    several = levels if isinstance(levels, Iterable) and not isinstance(levels, str | Mapping) else [levels]
    texts = [text(level, key) for level in several]
    if not texts:
        raise UserError(f"{key}: no levels")
    return f"{key}={','.join(texts)}"


def dotted_key(name: str) -> str:
    """The dotted key of a keyword. Raises UserError, with suggestions, for one that is none."""
    keys = knobs()
    if "." in name or "__" in name:
        return name.replace("__", ".")
    if name in keys or name in {key.partition(".")[0] for key in keys}:
        return name
    match [key for key in keys if key.endswith(f".{name}")]:
        case [key]:
            return key
        case [first, *_] as several:
            raise UserError(f"{name}: could be {', '.join(several)}; write {first.replace('.', '__')}=…")
    raise UserError(unknown_key(name, keys))


def text(value: object, key: str) -> str:
    """A value as it is typed on the command line."""
    match value:
        case None:
            return "null"
        case bool() | np.bool_():
            return "true" if value else "false"
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating():
            return repr(float(value))
        case str():
            return quoted(value)
        case Path():
            return quoted(str(value))
        case list() | tuple() | range() | np.ndarray():
            return f"[{','.join(text(item, key) for item in value)}]"
        case _:
            raise UserError(f"{key}={value!r}: must be a number, a text, None or a list of these")
