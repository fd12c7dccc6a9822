"""Searches: multiruns whose sweeper, such as Optuna's, chooses the runs one after another. They end with a report."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from hydra.conf import HydraConf
from omegaconf import DictConfig

from narrows.app.hydra_application import COMMAND
from narrows.app.planned_search import levels_of, planned_search
from narrows.config.study_section import StudySection
from narrows.errors import one_line
from narrows.runs import record, study
from narrows.sweeps import search_plan
from narrows.sweeps.plan import readable_record

#: The folder of the search that runs in this process, and the width of its report's figures.
RUNNING: ContextVar[tuple[Path, str | None] | None] = ContextVar("RUNNING", default=None)


def is_search(hydra: DictConfig | HydraConf) -> bool:
    """Whether the multirun with this section `hydra` is a search and not a study, which plans its runs beforehand."""
    return not str(hydra.sweeper._target_).endswith("StudySweeper")


def begin(config: DictConfig, section: StudySection) -> None:
    """Write the plan of the search that is about to start."""
    folder = Path(config.hydra.sweep.dir)
    search_plan.begin(planned_search(config, section, COMMAND.get()), folder)
    RUNNING.set((folder, config.report.width))


def add_trials(folder: Path, trials: Mapping[str, Sequence[str]]) -> None:
    """Add trials to the plan in `folder`; `trials` maps the folder of each to its overrides."""
    search_plan.add(folder, {name: levels_of(overrides) for name, overrides in trials.items()})


def refuse(folder: Path, overrides: Sequence[str], error: Exception) -> None:
    """Record a trial that is not trained because its config is not valid."""
    folder.mkdir(parents=True, exist_ok=True)
    record.write(record.refuse(levels_of(overrides), one_line(error)), folder)


@contextmanager
def concluded() -> Iterator[None]:
    """Writes and prints the report of the search that ran in the body, also if that was interrupted.

    Ends the program with status 1 if no trial finished.
    """
    RUNNING.set(None)
    finished = True
    try:
        yield
    finally:
        sys.stdout.flush()
        if running := RUNNING.get():
            finished = _conclude(*running)
    if not finished:
        raise SystemExit(1)


def _conclude(folder: Path, width: str | None) -> bool:
    """Write and print the report of the search in `folder`; returns whether a trial finished."""
    runs = study.read(folder).runs
    if not runs:
        search_plan.abandon(folder)
        return False
    from narrows import report
    from narrows.board import links

    print(f"{report.write(folder, width=width)}\n\n{links.how_to_open(folder)}")
    records = [readable_record(folder / run) for run in runs]
    return any(result is not None and result.status == "done" for result in records)
