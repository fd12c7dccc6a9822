"""Searches: multiruns whose sweeper, such as Optuna's, chooses the runs one after another. They end with a report."""

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from narrows.app.compose import MULTIRUN_KEYS
from narrows.app.hydra_application import COMMAND
from narrows.config.quantities import quantity
from narrows.config.study_section import Level, StudySection
from narrows.runs import study
from narrows.runs.study import Search, Study
from narrows.sweep import search_plan
from narrows.sweep.plan import readable_record

MINIMISED, TRAINING = "val/mse", "train/mse"  # what `Record.objective` returns; the second without validation images

#: The folder of the search that runs in this process.
FOLDER: ContextVar[Path | None] = ContextVar("FOLDER", default=None)


def is_search(hydra: DictConfig | HydraConf) -> bool:
    """Whether the multirun with this section `hydra` is a search and not a study, which plans its runs beforehand."""
    return not str(hydra.sweeper._target_).endswith("StudySweeper")


def begin(config: DictConfig, section: StudySection) -> None:
    """Write the plan of the search that is about to start."""
    folder = Path(config.hydra.sweep.dir)
    search_plan.begin(_plan(config, section), folder)
    FOLDER.set(folder)


def add_trials(folder: Path, trials: Mapping[str, Sequence[str]]) -> None:
    """Add trials to the plan in `folder`; `trials` maps the folder of each to its overrides."""
    search_plan.add(folder, {name: _levels(overrides) for name, overrides in trials.items()})


@contextmanager
def concluded() -> Iterator[None]:
    """Writes and prints the report of the search that ran in the body, also if that was interrupted.

    Ends the program with status 1 if no trial finished.
    """
    FOLDER.set(None)
    finished = True
    try:
        yield
    finally:
        sys.stdout.flush()
        if folder := FOLDER.get():
            finished = _conclude(folder)
    if not finished:
        raise SystemExit(1)


def _conclude(folder: Path) -> bool:
    """Write and print the report of the search in `folder`; returns whether a trial finished."""
    runs = study.read(folder).runs
    if not runs:
        search_plan.abandon(folder)
        return False
    from narrows import report
    from narrows.sweep.tell_report import tell_report

    report.write(folder)
    tell_report(folder)
    records = [readable_record(folder / run) for run in runs]
    return any(result is not None and result.status == "done" for result in records)


def _plan(config: DictConfig, section: StudySection) -> Study:
    """The study of a search without its trials."""
    sweeper = config.hydra.sweeper
    space = _space(sweeper, list(config.hydra.overrides.task))
    earlier, best = _earlier(sweeper)
    keys = " and ".join(filter(None, [", ".join(list(space)[:-1]), *list(space)[-1:]]))
    direction = "maximize" if str(sweeper.get("direction")).endswith("maximize") else "minimize"
    objective = MINIMISED if config.data.val_size else TRAINING
    extreme = "lowest" if direction == "minimize" else "highest"
    search = Search(
        space={key: override.get_value_string() for key, override in space.items()},
        typed=_typed(shlex.split(COMMAND.get())[2:], space),
        trials=sweeper.get("n_trials") or 0,
        direction=direction,
        earlier=earlier,
        earlier_best=best,
    )
    return Study(
        name=Path(config.hydra.sweep.dir).name,
        question=section.question or f"Which {keys or 'configuration'} has the {extreme} {quantity(objective).label}?",
        metrics=[objective, "test/mse"],
        labels=section.labels,
        quantities=section.quantities,
        command=COMMAND.get(),
        axes={key: _choices(override) for key, override in space.items()},
        runs={},
        search=search,
    )


def _space(sweeper: DictConfig, typed: Sequence[str]) -> dict[str, Override]:
    """The searched keys with their ranges: those of the sweeper and of the command line that no typed value fixes."""
    texts = [f"{key}={value}" for key, value in (sweeper.get("params") or {}).items()]
    overrides = OverridesParser.create().parse_overrides([*texts, *typed])
    fixed = {override.get_key_element() for override in overrides if not override.is_sweep_override()}
    return {
        key: override
        for override in overrides
        if override.is_sweep_override() and (key := override.get_key_element()) not in fixed
    }


def _choices(override: Override) -> list[Level]:
    """The levels of a list or a range in their order; none for an interval, whose levels are known when tried."""
    return [] if override.is_interval_sweep() else list(override.sweep_iterator())  # type: ignore[arg-type]


def _levels(overrides: Sequence[str]) -> dict[str, Level]:
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return {override.get_key_element(): override.value() for override in parsed}  # type: ignore[misc]


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
    except KeyError:  # the search begins here
        return 0, None
    done = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    return len(done), study.best_value if done else None
