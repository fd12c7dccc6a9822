"""The records behind the page, kept in the repository: the page never loses a number that somebody has repeated.

The archive of a paper is one text file, `runs/<paper>.jsonl`: a line for `study.json` and one for the `record.json` of
each run, so that a diff shows the runs that are added. Unpacked it is a study for `narrows report`. Curves that no page
draws and paths of the machine are left out.
"""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from narrows.errors import UserError
from narrows.published.protocol import Planning, repetition
from narrows.report.new_folder import replacing
from narrows.runs import record, study
from narrows.runs.atomic_files import write_bytes_atomically, write_text_atomically
from narrows.runs.record import Record
from narrows.stats import study_folder

RUNS = "runs"  # the folder beside the page
CURVES = ("train/loss", "val/loss", "active_units")  # of the figures and of a quantity: its last value

#: Digits of the curves: they are drawn and not compared, and a run of thousands of epochs would take 100 kB.
DIGITS = 6


class Runs(NamedTuple):
    """Where the runs of a paper are, None if there are none, and what is to be said of other runs.

    `new` is False if all of them are archived already. The archive stands beside the folder.
    """

    folder: Path | None
    notes: list[str]
    new: bool = False


def trained(folder: Path) -> Runs:
    """The runs in a study's folder as they are."""
    return Runs(folder if (folder / study.NAME).is_file() else None, [])


def collect(planning: Planning, archived: Path | None, outputs: Path, folder: Path, command: str) -> Runs:
    """Write the runs that repeat a paper, `archived` ones and those in `outputs`, into `folder` and a new archive.

    `command` trains the runs. Of a run that is in both places the latter counts. Raises UserError for a damaged record.
    """
    present, more = _archived(archived) if archived else [], _finished(outputs)
    if not present and not more:
        return Runs(None, [])
    plan, records, notes = repetition(planning, [*present, *more])
    if not records:
        return Runs(None, notes)
    with replacing(folder) as fresh:
        study.write(plan.model_copy(update={"command": command}), fresh)
        for name, run in records.items():
            (fresh / name).mkdir()
            record.write(_portable(run), fresh / name)
    write_text_atomically(archive_of(folder), _packed(folder))
    return Runs(folder, notes, any(run is kept for run in more for kept in records.values()))


def archive_of(folder: Path) -> Path:
    """The archive beside a paper's folder of runs."""
    return folder.parent / f"{folder.name}.jsonl"


def publish(runs: Runs, docs: Path) -> None:
    """Replace the archive of a paper in the folder `docs` if there are new runs in it."""
    if runs.folder and runs.new:
        (docs / RUNS).mkdir(exist_ok=True)
        new = archive_of(runs.folder)
        write_bytes_atomically(docs / RUNS / new.name, new.read_bytes())


def _packed(folder: Path) -> str:
    """A line of JSON for each file of a study's folder: its name in the folder and its content."""
    paths = [folder / study.NAME, *sorted(folder.glob(f"*/{record.NAME}"))]
    files = [{"file": str(path.relative_to(folder)), "content": json.loads(path.read_bytes())} for path in paths]
    return "".join(f"{json.dumps(file, ensure_ascii=False)}\n" for file in files)


def _archived(archive: Path) -> list[Record]:
    """The records in an archive; none if it does not exist."""
    _, *lines = archive.read_text("utf-8").rstrip("\n").split("\n") if archive.is_file() else [""]
    return [_parsed(line, f"{archive}, line {number}") for number, line in enumerate(lines, 2)]


def _parsed(line: str, where: str) -> Record:
    try:
        return Record.model_validate(json.loads(line)["content"])
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{where}: damaged ({study_folder.one_line(error)})") from None


def _finished(folder: Path) -> list[Record]:
    """The records of the runs in a study's folder that are done, in the order of their names."""
    records = [_read(path) for path in sorted(folder.glob(f"*/{record.NAME}"))]
    return [run for run in records if run.status == "done"]


def _read(path: Path) -> Record:
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: damaged ({study_folder.one_line(error)})") from None


def _portable(run: Record) -> Record:
    """The record without paths and with the curves that pages draw."""
    curves = {name: [float(f"{x:.{DIGITS}g}") for x in run.curves[name]] for name in CURVES if name in run.curves}
    return run.model_copy(update={"config": _without_paths(run.config), "curves": curves})


def _without_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_paths(value) if isinstance(value, Mapping) else value
        for key, value in config.items()
        if not (isinstance(value, str) and is_place(value))
    }


def is_place(text: str) -> bool:
    """Whether a text is an absolute path or begins with a home folder, so that it means nothing on another machine."""
    text = text.strip("'\"").removeprefix("file://")
    return text.startswith("~") or PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()
