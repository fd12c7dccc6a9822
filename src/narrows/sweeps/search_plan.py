"""The plan of a search, `study.json` in its folder, which grows by each trial that begins."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from narrows.config.levels import Level
from narrows.runs import folder_lock, study
from narrows.runs.study import Study

LOCK = ".plan.lock"  # trials may begin in several processes

Levels = Mapping[str, Level]


def begin(plan: Study, folder: Path) -> None:
    """Write the plan before the first trial, so that the HPARAMS of all trials tick the searched keys."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK):
        study.write(plan, folder)


def add(folder: Path, trials: Mapping[str, Levels]) -> None:
    """Add trials to the plan in `folder`: the levels of each by its folder. Levels of other keys are left out.

    Does nothing in a folder without a plan: a launcher may name the folder of a search by another second than Hydra.
    """
    if not (folder / study.NAME).is_file():
        return
    with FileLock(folder / LOCK):
        plan = study.read(folder)
        runs = {
            name: {key: level for key, level in levels.items() if key in plan.axes} for name, levels in trials.items()
        }
        tried = {
            key: [*plan.axes[key], *(levels[key] for levels in runs.values() if key in levels)] for key in plan.axes
        }
        axes = {key: _once(levels) for key, levels in tried.items()}
        study.write(plan.model_copy(update={"runs": plan.runs | runs, "axes": axes}), folder)


def abandon(folder: Path) -> None:
    """Remove the plan of a search that ended before its first trial, and its folder if nothing else is in it."""
    for name in (study.NAME, LOCK, folder_lock.NAME):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _once(levels: list[Level]) -> list[Level]:
    return list({str(level): level for level in levels}.values())
