"""What a study sweeps: each factor with its levels, its baseline and its words."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from narrows.config import schema as config
from narrows.runs.study import Study

SEED = "seed"
BOTTLENECK = "model.bottleneck"
LONGEST_UNIT = 35  # characters of a description that still fit beside a name on an axis

Value = float | str


def value(level: Any) -> Value:  # noqa: ANN401 - whatever JSON holds
    """A level as table cells hold it: numbers stay, everything else becomes the text that sets it."""
    if isinstance(level, str) or (isinstance(level, int | float) and not isinstance(level, bool)):
        return level
    return "-".join(map(str, level)) if isinstance(level, list) else json.dumps(level)


@dataclass(frozen=True)
class Factor:
    """A swept key. Levels that are all numbers ascend; others keep the order they were given in."""

    key: str
    name: str
    levels: tuple[Value, ...]
    baseline: Value

    @property
    def numeric(self) -> bool:
        return all(not isinstance(level, str) for level in self.levels)

    @property
    def numbers(self) -> list[float]:
        return [float(level) for level in self.levels]

    @property
    def logarithmic(self) -> bool:
        """A range of 8 and more is read in ratios; a bottleneck always is."""
        if not self.numeric or min(self.numbers) <= 0:
            return False
        return self.key == BOTTLENECK or max(self.numbers) / min(self.numbers) >= 8

    @property
    def label(self) -> str:
        """The name, a number's with its unit, as an axis carries it."""
        unit = _description(self.key).split(";")[0].split(":")[0] if self.numeric else ""
        return f"{self.name} ({unit})" if 0 < len(unit) <= LONGEST_UNIT else self.name

    def at(self, level: Value) -> str:
        return f"{self.name} {text(level)}"


def text(level: Value) -> str:
    return level if isinstance(level, str) else f"{level:g}"


def few(levels: Sequence[Any], count: int) -> list[Any]:
    """At most `count` of them, evenly spread, first and last among them."""
    if len(levels) <= count:
        return list(levels)
    return [levels[round(i * (len(levels) - 1) / (count - 1))] for i in range(count)]


def factors(study: Study) -> list[Factor]:
    """The axes other than the seed with more than one level."""
    swept = {key: _levels(study, key) for key in study.axes if key != SEED}
    swept = {key: levels for key, levels in swept.items() if len(levels) > 1}
    return [_factor(key, levels, study, _name(key, swept)) for key, levels in swept.items()]


def _factor(key: str, levels: list[Value], study: Study, name: str) -> Factor:
    """The baseline is the study's, else (a hand-written multirun, or a level swept away) the first level given."""
    wanted = value(study.baseline.get(key))
    baseline = wanted if wanted in levels else levels[0]
    if all(not isinstance(level, str) for level in levels):
        levels = sorted(levels, key=float)
    return Factor(key, name, tuple(levels), baseline)


def _levels(study: Study, key: str) -> list[Value]:
    planned = [*study.axes[key], *(run[key] for run in study.runs.values())]
    return list(dict.fromkeys(map(value, planned)))


def _name(key: str, keys: Iterable[str]) -> str:
    """The last word of the key, as config and code call it; the whole key where two would be called the same."""
    last = [other.removesuffix(".name").split(".")[-1] for other in keys]
    name = key.removesuffix(".name").split(".")[-1]
    return key if last.count(name) > 1 else name


def _description(key: str) -> str:
    """What the schema says about a key, empty where it says nothing: units stand there and nowhere else."""
    sections: list[Any] = [config.Config]
    *path, last = key.split(".")
    for part in path:
        fields = [section.model_fields[part] for section in sections if part in section.model_fields]
        sections = [kind for field in fields for kind in get_args(field.annotation) or (field.annotation,)]
        sections = [kind for kind in sections if hasattr(kind, "model_fields")]
    found = [section.model_fields[last].description for section in sections if last in section.model_fields]
    return found[0] or "" if found else ""
