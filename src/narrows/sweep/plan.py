"""What a sweep has to do: each job of the grid against what its folder already holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from narrows.config.schema import Config
from narrows.paths import LAST
from narrows.runs import record
from narrows.runs.record import Record
from narrows.runs.study import Level

Order = tuple[Config, Path]  # a run and its folder


class Todo(Enum):
    """What happens to a job. The values are what a user reads."""

    SKIP = "done already"
    RUN = "to train"
    RESUME = "to continue from its last checkpoint"
    RETRY = "failed before, to train again"
    RENEW = "trained with another configuration, to train again (its record is kept aside)"
    REFUSED = "refused"


@dataclass(frozen=True, eq=False)
class Job:
    """One run of a grid: the overrides that make it, its levels on the axes, and its config or why there is none."""

    name: str
    overrides: Sequence[str]
    levels: Mapping[str, Level]
    config: Config | None
    error: str = ""


def folder_name(levels: Mapping[str, Level]) -> str:
    """A run's folder: each axis' last word with its level, in the order of the axes' names, whatever order was typed.

    ASCII letters, digits and `-_.` only, at most 120 of them: what had to go lives on in a checksum.
    """
    words = [key.rpartition(".")[2] for key in levels]
    short = {key: word if words.count(word) == 1 else key for key, word in zip(levels, words, strict=True)}
    name = "_".join(f"{_legal(short[key])}-{_legal(_text(levels[key]))}" for key in sorted(levels)) or "run"
    return name if len(name) <= 120 else f"{name[:107]}-{_checksum(name, 12)}"


def _text(level: Level) -> str:
    """A level in short: `[128, 64]` is 128-64. Lists of words stay as they are, since words hold `-` themselves."""
    numbers = isinstance(level, list) and all(type(item) in (int, float) for item in level)
    return "-".join(map(str, level)) if isinstance(level, list) and numbers else str(level)


def _legal(text: str) -> str:
    legal = re.sub(r"[^A-Za-z0-9_.-]+", "-", text)
    return legal if legal == text else f"{legal}-{_checksum(text, 8)}"


def _checksum(text: str, digits: int) -> str:
    return sha256(text.encode()).hexdigest()[:digits]


def todo(job: Job, folder: Path) -> Todo:
    """What `job` needs, given what lies in the study's `folder`."""
    if job.config is None:
        return Todo.REFUSED
    return state(record.begin(job.config), folder / job.name)


def state(fresh: Record, folder: Path) -> Todo:
    """What a run that would begin with the record `fresh` needs, given what its folder holds."""
    earlier = found(folder)
    if earlier is None:
        return Todo.RESUME if (folder / LAST).is_file() else Todo.RUN
    if earlier.status == "failed":
        return Todo.RETRY
    if earlier.determinants() != fresh.determinants():
        return Todo.RENEW
    return Todo.SKIP if earlier.status == "done" else Todo.RESUME


def is_left(config: Config, folder: Path) -> bool:
    """Whether a run is yet to be brought to its end."""
    return state(record.begin(config), folder) is not Todo.SKIP


def found(folder: Path) -> Record | None:
    """The record in this folder; None also for one that something damaged: ours are written whole."""
    try:
        return record.read(folder)
    except ValidationError:
        return None
