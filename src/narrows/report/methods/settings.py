"""The settings of a study's runs: every knob that decides a number, where it varies with what it varies."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pandas import DataFrame

from narrows.config.dotted import flatten
from narrows.config.identity import deciding, effective, neutral_values
from narrows.config.knobs import leaves
from narrows.config.schema import Config
from narrows.stats.factors import SEED, Factor, axes, value
from narrows.stats.factors import text as level_text
from narrows.stats.grid import Grid

MOST_LEVELS = 12  # of a setting that are told one by one
ABSENT = "–"

Configs = Mapping[str, Mapping[str, Any]]  # of runs, by dotted keys


def configs(grid: Grid) -> Configs:
    """The deciding knobs of each finished run, by its name; of a study in which none finished, of all runs."""
    finished = {run: record for run, record in grid.records.items() if record.status == "done"}
    known = set(order())
    return {
        run: {key: setting for key, setting in _complete(record.config).items() if key in known}
        for run, record in (finished or grid.records).items()
    }


def _complete(config: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs with an effect; those that are newer than the record have their neutral values."""
    flat = deciding(config)
    sections = {key.rpartition(".")[0] for key, _ in flatten(config)}
    neutral = {key: setting for key, setting in neutral_values(Config).items() if key.rpartition(".")[0] in sections}
    return effective(neutral | flat)


@cache
def order() -> list[str]:
    """The dotted keys in the order of the schema."""
    return list(dict.fromkeys(key for key, _ in leaves()))


def settings(grid: Grid) -> dict[str, str]:
    """The text of each setting by its dotted key, in the order of the schema, the seeds last."""
    by_run = configs(grid)
    keys = [key for key in order() if key != SEED and any(key in config for config in by_run.values())]
    texts = {key: _text(grid, key, {run: config.get(key, ABSENT) for run, config in by_run.items()}) for key in keys}
    return texts | {"seed": seeds(grid)}


def settings_table(grid: Grid) -> DataFrame:
    """Key, value and meaning of each setting; a setting that no finished run has is not in it."""
    meaning = _meanings(configs(grid))
    rows = [(key, text, meaning.get(key, "")) for key, text in settings(grid).items()]
    return DataFrame(rows, columns=["setting", "value", "meaning"])


def _meanings(by_run: Configs) -> dict[str, str]:
    """The meaning of each knob in the kinds of these runs; that of the kind of a section is the section itself."""
    found: dict[str, dict[str, None]] = {}
    for kinds in {tuple(item for item in config.items() if item[0].endswith(".name")) for config in by_run.values()}:
        for key, knob in leaves(dict(kinds)):
            if "const" not in knob:
                found.setdefault(key, {})[str(knob.get("description", ""))] = None
    return {key: " or ".join(sorted(texts)) for key, texts in found.items()}


def seeds(grid: Grid) -> str:
    """“0 to 4”; a dash if no run has been recorded and none was planned with a seed."""
    numbers = sorted({int(seed) for seed in grid.runs[SEED].dropna()})
    if not numbers:
        return ABSENT
    if numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def setting_text(setting: Any) -> str:  # noqa: ANN401 - whatever a config holds
    """A setting as it is printed: “256-128” for widths, “0.2, 0.4” for other lists, “none” for null, “yes” and “no”."""
    match setting:
        case None:
            return "none"
        case True:
            return "yes"
        case False:
            return "no"
        case []:
            return "none"
        case [str() | float(), *_]:
            return ", ".join(map(level_text, setting))
    return level_text(value(setting))


def _text(grid: Grid, key: str, by_run: Mapping[str, Any]) -> str:
    """The value that all runs share; else that of each level of the axis it depends on, else all values."""
    texts = {run: setting_text(setting) for run, setting in by_run.items()}
    different = list(dict.fromkeys(texts.values()))
    if len(different) == 1:
        return different[0]
    for axis in axes(grid.study):
        if by_level := _by_level(grid, axis, texts):
            return _of_levels(axis, by_level, different)
    return f"varies: {_listed(different)}"


def _by_level(grid: Grid, axis: Factor, texts: Mapping[str, str]) -> dict[str, str]:
    """The text at each level of an axis that decides it; empty if it does not.

    Runs that have no level of the axis must not have the setting either; levels without it are left out.
    """
    runs = grid.study.runs
    if any(text != ABSENT and axis.key not in runs[run] for run, text in texts.items()):
        return {}
    pairs = {(axis.text(value(runs[run][axis.key])), text) for run, text in texts.items() if axis.key in runs[run]}
    by_level = dict(pairs)
    in_order = [level for level in map(axis.text, axis.levels) if by_level.get(level, ABSENT) != ABSENT]
    return {level: by_level[level] for level in in_order} if len(by_level) == len(pairs) else {}


def _of_levels(factor: Factor, by_level: Mapping[str, str], different: Sequence[str]) -> str:
    """“varied: 2, 4, 8” for the knob that is the factor, else “0.25 for masking; 0 for plain”."""
    exact = {factor.text(level): level_text(level) for level in factor.levels if factor.numeric}
    if all(exact.get(level, level) == text for level, text in by_level.items()):
        return f"varied: {_listed([text for text in different if text != ABSENT])}"
    if len(different) > MOST_LEVELS:
        return f"varies with {factor.name}: {_listed(different)}"
    with_level: dict[str, list[str]] = {}
    for level, text in by_level.items():
        with_level.setdefault(text, []).append(level)
    return "; ".join(f"{text} for {', '.join(levels)}" for text, levels in with_level.items())


def _listed(texts: Sequence[str]) -> str:
    if len(texts) > MOST_LEVELS:
        return f"{', '.join(texts[:3])}, …, {texts[-1]} ({len(texts)} values)"
    return ", ".join(texts)
