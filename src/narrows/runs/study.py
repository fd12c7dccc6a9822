"""A study: one question, the grid of runs that answers it. Written as `study.json` beside the runs' folders."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from narrows.runs.atomic_files import write_text_atomically

NAME = "study.json"

Level = int | float | str | bool | None | list[Any]


class Study(BaseModel):
    """The question of a study and its plan.

    `axes` maps each swept key to its levels in the order they were given; `runs` maps each run's folder, relative to
    the study's, to its levels. `baseline` maps a key to the level that the others are compared with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    question: str
    command: str
    axes: dict[str, list[Level]]
    baseline: dict[str, Level] = {}
    runs: dict[str, dict[str, Level]]


def write(study: Study, folder: Path) -> None:
    """Write `study.json` into the folder, whole or not at all. A file with the same content keeps its date."""
    path, text = folder / NAME, study.model_dump_json(indent=2)
    if not path.is_file() or path.read_text() != text:
        write_text_atomically(path, text)


def read(folder: Path) -> Study:
    """The study in this folder. Raises FileNotFoundError if there is none, ValueError for a damaged one."""
    return Study.model_validate_json((folder / NAME).read_bytes())
