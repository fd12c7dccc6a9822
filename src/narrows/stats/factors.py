"""The factors of a study: each swept key with its levels, its baseline, and the words that name it in a report."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from narrows.config import schema as config
from narrows.runs.study import Study

SEED = "seed"
BOTTLENECK = "model.bottleneck"
LONGEST_UNIT = 35  # characters of a unit that still fit beside the name on an axis

Value = float | str


def value(level: Any) -> Value:  # noqa: ANN401 - whatever JSON holds
    """A level as a table cell: numbers are kept, the rest becomes text as on the command line."""
    if isinstance(level, str) or (isinstance(level, int | float) and not isinstance(level, bool)):
        return level
    return "-".join(map(str, level)) if isinstance(level, list) else json.dumps(level)


@dataclass(frozen=True)
class Factor:
    """A swept key. Levels that are all numbers are sorted; others keep the order they were given in."""

    key: str
    name: str
    levels: tuple[Value, ...]
    baseline: Value

    @property
    def numeric(self) -> bool:
        """True if every level is a number."""
        return all(not isinstance(level, str) for level in self.levels)

    @property
    def numbers(self) -> list[float]:
        """The levels of a numeric factor."""
        return [float(level) for level in self.levels]

    @property
    def logarithmic(self) -> bool:
        """True if its axis is logarithmic: for a bottleneck, and for levels with a ratio of 8 or more."""
        if not self.numeric or min(self.numbers) <= 0:
            return False
        return self.key == BOTTLENECK or max(self.numbers) / min(self.numbers) >= 8

    @property
    def label(self) -> str:
        """The label of its axis: the name, and the unit of a number."""
        unit = _description(self.key).split(";")[0].split(":")[0] if self.numeric else ""
        return f"{self.name} ({unit})" if 0 < len(unit) <= LONGEST_UNIT else self.name

    def at(self, level: Value) -> str:
        """“bottleneck 8”."""
        return f"{self.name} {text(level)}"


def text(level: Value) -> str:
    """A level as it is printed."""
    return level if isinstance(level, str) else f"{level:g}"


def few(levels: Sequence[Any], count: int) -> list[Any]:
    """At most `count` of the levels, evenly spaced, including the first and the last."""
    if len(levels) <= count:
        return list(levels)
    return [levels[round(i * (len(levels) - 1) / (count - 1))] for i in range(count)]


def factors(study: Study) -> list[Factor]:
    """The axes of a study with more than one level, without the seed."""
    swept = {key: _levels(study, key) for key in study.axes if key != SEED}
    swept = {key: levels for key, levels in swept.items() if len(levels) > 1}
    return [_factor(key, levels, study, _name(key, swept)) for key, levels in swept.items()]


def x_factor(factors: Sequence[Factor]) -> Factor | None:
    """The factor on the x axis: the bottleneck, else the first with more than two numbers, else the first."""
    candidates = [factor for factor in factors if factor.key == BOTTLENECK]
    candidates += [factor for factor in factors if factor.numeric and len(factor.levels) > 2]
    return next(iter([*candidates, *factors]), None)


def _factor(key: str, levels: list[Value], study: Study, name: str) -> Factor:
    """The baseline is that of the study if it is among the levels, else the first level of the axis."""
    wanted = value(study.baseline.get(key))
    baseline = wanted if wanted in levels else levels[0]
    if all(not isinstance(level, str) for level in levels):
        levels = sorted(levels, key=float)
    return Factor(key, name, tuple(levels), baseline)


def _levels(study: Study, key: str) -> list[Value]:
    planned = [*study.axes[key], *(run[key] for run in study.runs.values())]
    return list(dict.fromkeys(map(value, planned)))


def _name(key: str, keys: Iterable[str]) -> str:
    """The last word of the key; the whole key if two of the keys end in the same word."""
    last = [other.removesuffix(".name").split(".")[-1] for other in keys]
    name = key.removesuffix(".name").split(".")[-1]
    return key if last.count(name) > 1 else name


def _description(key: str) -> str:
    """The schema's description of a key, which begins with its unit; empty if there is none."""
    sections: list[Any] = [config.Config]
    *path, last = key.split(".")
    for part in path:
        fields = [section.model_fields[part] for section in sections if part in section.model_fields]
        kinds = [kind for field in fields for kind in get_args(field.annotation) or (field.annotation,)]
        sections = [kind for kind in kinds if hasattr(kind, "model_fields")]
    descriptions = [section.model_fields[last].description for section in sections if last in section.model_fields]
    return descriptions[0] or "" if descriptions else ""
