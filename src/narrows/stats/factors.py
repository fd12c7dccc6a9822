"""The factors of a study: each swept key with its levels, its baseline, and the words that name it in a report."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from narrows.config import schema as config
from narrows.runs.study import Study

SEED = "seed"
BOTTLENECK = "model.bottleneck"
SHORT = 6  # characters of a number that is printed as it is, such as 0.0001
LONGEST_UNIT = 35  # characters of a unit that still fit beside the name on an axis

Value = float | str


def value(level: Any) -> Value:  # noqa: ANN401 - whatever JSON holds
    """A level as a table cell: numbers are kept, the rest becomes text as on the command line."""
    if isinstance(level, str) or (isinstance(level, int | float) and not isinstance(level, bool)):
        return level
    return "-".join(map(str, level)) if isinstance(level, list) else json.dumps(level)


@dataclass(frozen=True)
class Factor:
    """What varies between the cells of a study: an axis, or a group of axes that some cells lack (see `nesting`).

    Levels that are all numbers are sorted; others keep the order they were given in. `words` maps levels to the words
    that the study prints for them. Of a group, `parts` maps each level to its levels of the axes, those it has.
    """

    key: str
    name: str
    levels: tuple[Value, ...]
    baseline: Value
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[Value, Mapping[str, Value]] = field(default_factory=dict)

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
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def text(self, level: Value) -> str:
        """A level as it is printed: the study's word for it, or a number with as few digits as a spaced axis needs."""
        return self.words.get(text(level)) or self._rounded(level)

    def _rounded(self, level: Value) -> str:
        """“0.316” for 0.316228, where that tells the levels apart; numbers that are short or whole as they are."""
        if isinstance(level, str) or not self.numeric or float(level).is_integer() or len(text(level)) <= SHORT:
            return text(level)
        rounded = (lambda number, digits=digits: f"{number:.{digits}g}" for digits in range(3, 6))
        names = (name(level) for name in rounded if len(set(map(name, self.numbers))) == len(self.levels))
        return next(names, text(level))

    @property
    def counts(self) -> bool:
        """True for whole numbers of things, such as “latents”; a name of the schema such as max_epochs is no word."""
        plural = self.name.endswith("s") and not self.name.endswith("ss") and "_" not in self.name
        return plural and self.numeric and all(number.is_integer() for number in self.numbers)

    def at(self, level: Value) -> str:
        """“bottleneck 8”, “20 latents”, “1 latent”; a level of a group of axes names itself."""
        level_text = self.text(level)
        if self.counts:
            return f"{level_text} {self.name[:-1] if level == 1 else self.name}"
        return level_text if self.parts else f"{self.name} {level_text}"


def text(level: Value) -> str:
    """A level as it is printed."""
    return level if isinstance(level, str) else f"{level:g}"


def few(levels: Sequence[Any], count: int) -> list[Any]:
    """At most `count` of the levels, evenly spaced, including the first and the last."""
    if len(levels) <= count:
        return list(levels)
    return [levels[round(i * (len(levels) - 1) / (count - 1))] for i in range(count)]


def axes(study: Study) -> list[Factor]:
    """The axes of a study with more than one level, without the seed. The baseline of each is a level of it."""
    swept = {key: _levels(study, key) for key in study.axes if key != SEED}
    return [_axis(study, key, levels, list(swept)) for key, levels in swept.items() if _varies(study, key, levels)]


def x_factor(factors: Sequence[Factor]) -> Factor | None:
    """The factor on the x axis: the bottleneck, else the first with more than two numbers, else the first."""
    candidates = [factor for factor in factors if factor.key == BOTTLENECK]
    candidates += [factor for factor in factors if factor.numeric and len(factor.levels) > 2]
    return next(iter([*candidates, *factors]), None)


def _axis(study: Study, key: str, levels: list[Value], keys: Sequence[str]) -> Factor:
    """The baseline is the study's, else the value of the defaults, else the first level."""
    candidates = [value(chosen[key]) for chosen in (study.baseline, study.defaults) if key in chosen]
    baseline = next((level for level in candidates if level in levels), levels[0])
    numeric = all(not isinstance(level, str) for level in levels)
    if numeric:
        levels = sorted(levels, key=float)
    name = study.labels.get(key, last_word(key, keys))
    printed_unit = unit(key, study.fixed) if numeric and key not in study.labels else ""  # a study's label is complete
    return Factor(key, name, tuple(levels), baseline, printed_unit, study.labels)


def _levels(study: Study, key: str) -> list[Value]:
    """In the order of the axis; levels of runs that the axis does not list come last."""
    planned = [run[key] for run in study.runs.values() if key in run]
    present = list(dict.fromkeys(map(value, planned)))
    order = list(dict.fromkeys(map(value, [*study.axes[key], *planned])))
    return [level for level in order if level in present]


def _varies(study: Study, key: str, levels: list[Value]) -> bool:
    """True for an axis with several levels, or with one level that only some runs have."""
    return len(levels) > 1 or any(key not in run for run in study.runs.values())


def last_word(key: str, keys: Iterable[str]) -> str:
    """The last word of the key; the whole key if two of the keys end in the same word."""
    last = [other.removesuffix(".name").split(".")[-1] for other in keys]
    name = key.removesuffix(".name").split(".")[-1]
    return key if last.count(name) > 1 else name


def unit(key: str, fixed: Mapping[str, Any]) -> str:
    """The unit of a knob: the beginning of its description in the schema, if short and the same for all kinds.

    `fixed` may name the kind of the section, such as `corruption.name`: the level of masking is a share of the pixels,
    that of Gaussian noise a standard deviation.
    """
    path, _, last = key.rpartition(".")
    kind = fixed.get(f"{path}.name")
    sections = [section for section in _sections(path) if last in section.model_fields and _is(section, kind)]
    descriptions = [section.model_fields[last].description or "" for section in sections]
    units = {description.split(";")[0].split(":")[0] for description in descriptions}
    text = units.pop() if len(units) == 1 else ""
    return text if len(text) <= LONGEST_UNIT else ""


def _sections(path: str) -> list[Any]:
    """The kinds of section that can stand at a dotted key, the whole config for an empty one."""
    sections: list[Any] = [config.Config]
    for part in path.split(".") if path else []:
        fields = [section.model_fields[part] for section in sections if part in section.model_fields]
        kinds = [kind for field in fields for kind in get_args(field.annotation) or (field.annotation,)]
        sections = [kind for kind in kinds if hasattr(kind, "model_fields")]
    return sections


def _is(section: Any, kind: str | None) -> bool:  # noqa: ANN401 - a class of pydantic
    """True if the section is of this kind, None for any."""
    return kind is None or kind in get_args(section.model_fields["name"].annotation)
