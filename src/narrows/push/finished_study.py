"""What is pushed: the finished runs of a study with their curves and pictures, and its report."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from narrows.config.identity import deciding
from narrows.config.levels import Level
from narrows.errors import UserError
from narrows.runs import record, study
from narrows.runs.record import Record
from narrows.stats import study_folder

REPORT = "report"
PICTURES = "*.png"


@dataclass(frozen=True)
class FinishedRun:
    """A finished run under its name in the study, with the levels of the study's axes."""

    name: str
    levels: Mapping[str, Level]
    record: Record
    folder: Path

    @property
    def id(self) -> str:
        """The same wherever the run is pushed, another one for each run of a study: 16 hexadecimal digits."""
        return _sha256(self.name, self.record.fingerprint)[:16]

    @property
    def content(self) -> str:
        """Another one as soon as anything that is pushed has changed, such as an evaluation that was added."""
        pictures = [_sha256(picture.read_bytes()) for picture in self.pictures]
        return _sha256(self.record.model_dump_json(), *pictures)

    @property
    def parameters(self) -> dict[str, Any]:
        """The knobs that can change a number, by dotted key."""
        return deciding(self.record.config)

    @property
    def pictures(self) -> list[Path]:
        return sorted(self.folder.glob(PICTURES))

    @property
    def tags(self) -> dict[str, str]:
        """Where the numbers come from."""
        origin = {
            "data set": self.record.data.name,
            "data sha256": self.record.data.checksum,
            "device": self.record.device,
        }
        commit = {"commit": str(self.record.git["commit"])} if self.record.git.get("commit") else {}
        return origin | commit | {"fingerprint": self.record.fingerprint}

    @property
    def started(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.record.started).timestamp()


@dataclass(frozen=True)
class FinishedStudy:
    """A study's finished runs, and how many of its runs are not finished, and so left out."""

    name: str
    question: str
    folder: Path
    runs: list[FinishedRun] = field(default_factory=list)
    unfinished: int = 0

    @property
    def report(self) -> list[Path]:
        """The files of the study's report; none if there is no report."""
        return sorted(path for path in (self.folder / REPORT).rglob("*") if path.is_file())

    @property
    def report_id(self) -> str:
        return _sha256(self.name, "report", *(run.id for run in self.runs))[:16]

    @property
    def report_content(self) -> str:
        return _sha256(*(path.read_bytes() for path in self.report))


def finished_study(folder: Path) -> FinishedStudy:
    """The study in this folder, or a run alone as a study of one.

    Raises UserError for a folder with neither, a damaged study.json, and a study without finished runs.
    """
    planned: dict[str, dict[str, Level]] = {"": {}}
    if not (folder / study.NAME).exists() and (folder / record.NAME).is_file():
        name, question = folder.resolve().name, ""
    else:
        plan = study_folder.read(folder)
        name, question, planned = plan.name, plan.question, plan.runs
    records = {run: _finished(folder / run) for run in planned}
    runs = [
        FinishedRun(run or name, planned[run], finished, folder / run) for run, finished in records.items() if finished
    ]
    if not runs:
        raise UserError(f"{folder}: no run is finished, there is nothing to push; `narrows train` finishes them")
    return FinishedStudy(name, question, folder, runs, len(planned) - len(runs))


def _finished(folder: Path) -> Record | None:
    """The record of a finished run; None where there is none, or a damaged one."""
    try:
        present = record.read(folder)
    except ValueError:
        return None
    return present if present and present.status == "done" else None


def _sha256(*parts: str | bytes) -> str:
    digests = [hashlib.sha256(part.encode() if isinstance(part, str) else part).digest() for part in parts]
    return hashlib.sha256(b"".join(digests)).hexdigest()
