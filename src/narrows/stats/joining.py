"""Joins the studies of several folders into one, with an axis that tells them apart. Imports no pandas and no torch.

A folder's runs have no level of an axis that only another folder has; `stats.nesting` merges such axes into one factor.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from narrows.config.levels import Level
from narrows.config.schema import Config
from narrows.errors import UserError
from narrows.runs import record
from narrows.runs.study import Study
from narrows.stats import study_folder

STUDY = "study"  # the axis whose levels are the folders' names


class Plan(NamedTuple):
    """A study, and the folder of each of its runs by the run's name."""

    study: Study
    folders: dict[str, Path]


def read(folders: Sequence[Path], name: str = "") -> Plan:
    """The study of one folder, or the joined study of several under a new name.

    Raises UserError if a folder holds no study, stands there twice, asks about another quantity than the first, or
    holds a search, since its trials are not compared.
    """
    studies = [study_folder.read(folder) for folder in folders]
    if len(folders) == 1:
        return Plan(studies[0], {run: folders[0] / run for run in studies[0].runs})
    if searches := [folder for folder, study in zip(folders, studies, strict=True) if study.search]:
        raise UserError(f"{searches[0]}: holds a search, whose report cannot be joined with another")
    names = _names(folders)
    _check(names, studies)
    key, levels = _told_apart(folders, studies, names)
    runs = {
        f"{folder}/{run}": {key: level} | of_axes
        for folder, level, study in zip(names, levels, studies, strict=True)
        for run, of_axes in study.runs.items()
    }
    paths = {
        f"{at}/{run}": folder / run
        for at, folder, study in zip(names, folders, studies, strict=True)
        for run in study.runs
    }
    return Plan(_joined(studies, name or "+".join(names), {key: levels}, runs), paths)


def _joined(
    studies: Sequence[Study], name: str, axis: Mapping[str, list[Level]], runs: Mapping[str, Mapping[str, Level]]
) -> Study:
    """What the studies ask together; where two give different words or baselines, the first one counts."""
    first, axes = studies[0], dict(axis)
    for study in studies:
        for key, levels in study.axes.items():
            axes[key] = [*axes.get(key, []), *(level for level in levels if level not in axes.get(key, []))]
    return Study(
        name=name,
        question=" / ".join(dict.fromkeys(study.question for study in studies)),
        metrics=list(dict.fromkeys(metric for study in studies for metric in study.metrics)),
        against=first.against,
        baseline=_first(study.baseline for study in studies),
        arms=_first(study.arms for study in studies),
        labels=_first(study.labels for study in studies),
        quantities=_first(study.quantities for study in studies),
        margin=first.margin,
        reference=all(study.reference for study in studies),
        command=" && ".join(study.command for study in studies),
        axes=axes,
        runs={run: dict(levels) for run, levels in runs.items()},
        defaults=_first(study.defaults for study in studies),
        fixed=dict(_in_common([study.fixed for study in studies])),
    )


def _first(tables: Any) -> dict[str, Any]:  # noqa: ANN401 - an iterator of tables of any values
    """All tables in one; of equal keys the first counts."""
    together: dict[str, Any] = {}
    for table in tables:
        together = dict(table) | together
    return together


def _in_common(tables: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    first, *others = tables
    return {key: value for key, value in first.items() if all(key in other and other[key] == value for other in others)}


def _names(folders: Sequence[Path]) -> list[str]:
    """The folders' last names, or where two are equal their paths below the folder that contains them all."""
    paths = [folder.resolve() for folder in folders]
    for path in paths:
        if paths.count(path) > 1:
            raise UserError(f"{path.name}: the same folder twice")
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    above = os.path.commonpath(path.parent for path in paths)
    return [path.relative_to(above).as_posix() for path in paths]


def _check(names: Sequence[str], studies: Sequence[Study]) -> None:
    for name, study in zip(names, studies, strict=True):
        if study.metrics[0] != studies[0].metrics[0]:
            asked = f"{names[0]} asks about {studies[0].metrics[0]}, {name} about {study.metrics[0]}"
            raise UserError(f"{asked}; a report joins studies of the same quantity")


def _told_apart(folders: Sequence[Path], studies: Sequence[Study], names: list[str]) -> tuple[str, list[Level]]:
    """The only knob that differs between the folders with its level in each; else the folders' names."""
    fixed = [_fixed(folder, study) for folder, study in zip(folders, studies, strict=True)]
    axes = {key for study in studies for key in study.axes}
    shared = [key for key in fixed[0] if all(key in values for values in fixed)]
    different = [key for key in shared if any(values[key] != fixed[0][key] for values in fixed)]
    if len(different) == 1:
        key, levels = different[0].removesuffix(".name"), [values[different[0]] for values in fixed]
        if key not in axes and len({str(level) for level in levels}) == len(levels):
            return key, levels
    return STUDY, [*names]


def _fixed(folder: Path, study: Study) -> dict[str, Any]:
    """The values that the study's runs share; of a study of version 0.1.0, from the record of one of its runs."""
    if study.fixed:
        return study.fixed
    configs = (_config(folder / run) for run in study.runs)
    config: dict[str, Any] = next((config for config in configs if config), {})
    swept = {prefix for key in study.axes for prefix in (key, f"{key}.name")}
    return {key: value for key, value in Config.identity_of(config).items() if key not in swept}


def _config(run: Path) -> dict[str, Any] | None:
    try:
        result = record.read(run)
    except (ValueError, OSError):
        return None
    return result.config if result and result.status == "done" else None
