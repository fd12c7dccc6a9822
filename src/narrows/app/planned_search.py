"""The study of a search: what it searched, what it minimised, and what a run of its best configuration needs."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Transformer
from omegaconf import DictConfig

from narrows.app.compose import MULTIRUN_KEYS
from narrows.app.composer import key_of
from narrows.app.interpolations import typed_overrides
from narrows.config.levels import Level
from narrows.config.quantities import quantity
from narrows.config.study_section import StudySection, as_text
from narrows.runs.study import Search, Study

MINIMISED, TRAINING = "val/mse", "train/mse"  # what `Record.objective` returns; the second without validation images


def planned_search(config: DictConfig, section: StudySection, command: str) -> Study:
    """The study of the search that `command` starts, without its trials."""
    sweeper = config.hydra.sweeper
    space = _space(sweeper, typed_overrides(config.hydra))
    earlier, best = _earlier(sweeper)
    keys = " and ".join(filter(None, [", ".join(list(space)[:-1]), *list(space)[-1:]]))
    verb = "have" if len(space) > 1 else "has"
    direction = "maximize" if str(sweeper.get("direction")).endswith("maximize") else "minimize"
    objective = MINIMISED if config.data.val_size else TRAINING
    extreme = "lowest" if direction == "minimize" else "highest"
    search = Search(
        space={key: override.get_value_string() for key, override in space.items()},
        typed=_of_one_run(sweeper, shlex.split(command)[2:], space),
        trials=sweeper.get("n_trials") or 0,
        direction=direction,
        earlier=earlier,
        earlier_best=best,
    )
    return Study(
        name=Path(config.hydra.sweep.dir).name,
        question=section.question
        or f"Which {keys or 'configuration'} {verb} the {extreme} {quantity(objective).label}?",
        metrics=[objective, "test/mse"],
        labels=section.labels,
        quantities=section.quantities,
        command=command,
        axes={key: _choices(override) for key, override in space.items()},
        runs={},
        search=search,
    )


def levels_of(overrides: Sequence[str]) -> dict[str, Level]:
    """The values of a trial's overrides by their keys."""
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return {key_of(override): override.value() for override in parsed}  # type: ignore[misc]


def _space(sweeper: DictConfig, typed: Sequence[str]) -> dict[str, Override]:
    """The searched keys with their ranges: those of the sweeper and of the command line that no typed value fixes."""
    texts = [f"{key}={value}" for key, value in (sweeper.get("params") or {}).items()]
    overrides = OverridesParser.create().parse_overrides([*texts, *typed])
    fixed = {key_of(override) for override in overrides if not override.is_sweep_override()}
    return {
        key: override
        for override in overrides
        if override.is_sweep_override() and (key := key_of(override)) not in fixed
    }


def _choices(override: Override) -> list[Level]:
    """The levels of a list or a range in their order; none for an interval, whose levels are known when tried."""
    if override.is_interval_sweep():
        return []
    texts = [f"{override.key_or_group}={text}" for text in override.sweep_iterator(transformer=Transformer.encode)]
    return [level for text in texts for level in levels_of([text]).values()]


def _of_one_run(sweeper: DictConfig, arguments: Sequence[str], space: Mapping[str, Any]) -> list[str]:
    """What `narrows train` needs beside the searched keys: the typed values, and those of the sweeper's file."""
    typed = _typed(arguments, space)
    keys = {argument.partition("=")[0].lstrip("+~") for argument in typed} | set(space)
    params = (sweeper.get("params") or {}).items()
    return [*typed, *(f"{key}={as_text(value)}" for key, value in params if str(key) not in keys)]


def _typed(arguments: Sequence[str], space: Mapping[str, Any]) -> list[str]:
    """The arguments that a run of its own needs as well: without those of the multirun and of the searched keys."""

    def decides(argument: str) -> bool:
        key = argument.partition("=")[0].lstrip("+~")
        if argument.startswith("-"):
            return argument not in ("-m", "--multirun")
        if key == "hydra.searchpath":
            return True
        hydras = key.startswith(("hydra.", "hydra/"))
        return not (hydras or key.partition(".")[0] in MULTIRUN_KEYS or key in space)

    return [argument for argument in arguments if decides(argument)]


def _earlier(sweeper: DictConfig) -> tuple[int, float | None]:
    """The number of finished trials in the storage of a search that is continued, and their best value."""
    if not (sweeper.get("storage") and sweeper.get("study_name")):
        return 0, None
    import optuna  # needed by this sweeper

    try:
        study = optuna.load_study(study_name=sweeper.study_name, storage=sweeper.storage)
    except Exception:
        return 0, None
    done = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    return len(done), study.best_value if done else None
