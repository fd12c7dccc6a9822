"""The plan of a sweep: which jobs of the grid are done, to be trained or to be continued, by their folders' content."""

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from narrows.config.levels import Level
from narrows.config.schema import Config
from narrows.runs import record
from narrows.runs.determinants import determinants
from narrows.runs.record import Record
from narrows.runs.run_folder import LAST

PlannedRun = tuple[Config, Path]  # the config of a run and its folder


class Todo(Enum):
    """The state of a job before the sweep. The values are shown to the user."""

    SKIP = "done already"
    RUN = "to train"
    RESUME = "to continue from its last checkpoint"
    RETRY = "failed before, to train again"
    RENEW = "trained on other data or by another version, to train again (its record is kept aside)"
    EVALUATE = "to evaluate further, without training"
    REFUSED = "refused"


@dataclass(frozen=True, eq=False)
class Job:
    """One run of a grid: its overrides, its levels on the axes, and its config or, if that is not valid, an error.

    `resolved` are overrides with what `${hydra:job.num}` and the like in `overrides` stand for in this job.
    """

    name: str
    overrides: Sequence[str]
    levels: Mapping[str, Level]
    config: Config | None
    error: str = ""
    resolved: Sequence[str] = ()


def folder_name(levels: Mapping[str, Level], axes: Collection[str] = ()) -> str:
    """The name of a run's folder: the last word of each axis with its level, sorted by the axes' names.

    At most 120 ASCII letters, digits and `-_.`; a name that had to be shortened or changed ends with its checksum.
    `axes` are all axes of the grid, for a run that has no level on some of them.
    """
    short = short_names(axes or levels)
    name = "_".join(f"{_legal(short[key])}-{_legal(_text(levels[key]))}" for key in sorted(levels)) or "run"
    return name if len(name) <= 120 else f"{name[:107]}-{_checksum(name, 12)}"


def short_names(keys: Collection[str]) -> dict[str, str]:
    """The last word of each dotted key, or the whole key where two end with the same word."""
    words = [key.rpartition(".")[2] for key in keys]
    return {key: word if words.count(word) == 1 else key for key, word in zip(keys, words, strict=True)}


def _text(level: Level) -> str:
    """A level as text: `[128, 64]` becomes 128-64. Lists of words keep their brackets, since words may contain `-`."""
    if isinstance(level, list) and all(type(item) in (int, float) for item in level):
        return "-".join(map(str, level))
    return str(level)


def _legal(text: str) -> str:
    legal = re.sub(r"[^A-Za-z0-9_.-]+", "-", text)
    return legal if legal == text else f"{legal}-{_checksum(text, 8)}"


def _checksum(text: str, digits: int) -> str:
    return sha256(text.encode()).hexdigest()[:digits]


def todo(config: Config | None, folder: Path) -> Todo:
    """The state of the run of `config` by the content of its folder; `config` is None for a job that was refused."""
    return state(config, readable_record(folder), folder)


def state(config: Config | None, earlier: Record | None, folder: Path) -> Todo:
    """As `todo`, for a caller that has read the record in the folder, `earlier`."""
    if config is None:
        return Todo.REFUSED
    if earlier is None or earlier.status == "refused":
        return Todo.RESUME if os.path.isfile(folder / LAST) else Todo.RUN  # noqa: PTH113 - no error if unreadable
    if earlier.status == "failed":
        return Todo.RETRY
    if earlier.determinants() != determinants(config):
        return Todo.RENEW
    if earlier.status != "done":
        return Todo.RESUME
    return Todo.EVALUATE if earlier.unevaluated(config.evaluation) else Todo.SKIP


def unfinished(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """The runs that are still to be trained."""
    return [run for run in runs if todo(*run) not in (Todo.SKIP, Todo.EVALUATE)]


def readable_record(folder: Path) -> Record | None:
    """The record in this folder; None if there is none or it cannot be read or is damaged, as no kill leaves it."""
    try:
        return record.read(folder)
    except (OSError, ValidationError):
        return None
