"""A study: one question, the grid of runs that answers it. Written as `study.json` beside the runs' folders."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from narrows.config.levels import Level
from narrows.config.study_section import Asked
from narrows.runs.atomic_files import write_text_atomically

NAME = "study.json"


class Search(BaseModel):
    """How the runs of a study were chosen where a sweeper such as Optuna's searched for the best.

    `space` maps each searched key to its range as typed, such as `interval(0.1, 1)`; `typed` are the other arguments of
    `narrows train` that decide the runs. `trials` is the number of runs that were planned, 0 if unknown. `earlier` is
    the number of trials of the same search in other folders, `earlier_best` the best value among them, as recorded.
    """

    space: dict[str, str]
    typed: list[str] = []
    trials: int = 0
    direction: Literal["minimize", "maximize"] = "minimize"
    earlier: int = 0
    earlier_best: float | None = None


class Study(Asked):
    """The question of a study and its plan.

    `axes` maps each swept key, and `arm`, to its levels in the order they were given; `runs` maps each run's folder,
    relative to the study's, to its levels, without those of axes that the run's kinds do not have. `defaults` maps an
    axis to its value where it is not swept. `fixed` holds the values, by dotted key, that all runs share and that
    decide their numbers; studies of version 0.1.0 have none. `search` is None for a grid.
    """

    command: str
    axes: dict[str, list[Level]]
    runs: dict[str, dict[str, Level]]
    defaults: dict[str, Level] = Field(default={})
    fixed: dict[str, Any] = Field(default={})
    search: Search | None = None


def write(study: Study, folder: Path) -> None:
    """Write `study.json` into the folder, whole or not at all. A file with the same content keeps its date."""
    path, text = folder / NAME, study.model_dump_json(indent=2)
    if not path.is_file() or path.read_bytes() != text.encode():
        write_text_atomically(path, text)


def read(folder: Path) -> Study:
    """The study in this folder. Raises FileNotFoundError if there is none, ValueError for a damaged one."""
    return Study.model_validate_json((folder / NAME).read_bytes())
