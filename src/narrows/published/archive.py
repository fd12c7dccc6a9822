"""The records behind the page, kept in the repository: the page never loses a number that somebody has repeated.

The runs of a paper are a study's folder with nothing but `study.json` and each run's `record.json`, so that `narrows
report` reads it and a diff shows it. Curves that no page draws and paths of the machine are left out.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

from pydantic import ValidationError

from narrows.errors import UserError
from narrows.published.protocol import Planning, repetition
from narrows.report.new_folder import replacing
from narrows.runs import record, study
from narrows.runs.record import Record
from narrows.stats import study_folder

RUNS = "runs"  # the folder beside the page
CURVES = ("train/loss", "val/loss", "active_units")  # of the figures and of a quantity: its last value

#: Digits of the curves: they are drawn and not compared, and a run of thousands of epochs would take 100 kB.
DIGITS = 6


class Runs(NamedTuple):
    """Where the runs of a paper are, None if there are none, and what is to be said of other runs.

    `new` is False if all of them are archived already.
    """

    folder: Path | None
    notes: list[str]
    new: bool = False


def trained(folder: Path) -> Runs:
    """The runs in a study's folder as they are."""
    return Runs(folder if (folder / study.NAME).is_file() else None, [])


def collect(planning: Planning, archived: Path | None, outputs: Path, folder: Path, command: str) -> Runs:
    """Write the runs that repeat a paper, of its archive and of its folder of `outputs`, into `folder`.

    `command` trains the runs. Of a run that is in both places the latter counts. Raises UserError for a damaged record.
    """
    present, more = _finished(archived) if archived else [], _finished(outputs)
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
    return Runs(folder, notes, any(run is kept for run in more for kept in records.values()))


def publish(runs: Runs, docs: Path) -> None:
    """Replace the archive of a paper in the folder `docs` if there are new runs in it."""
    if runs.folder and runs.new:
        (docs / RUNS).mkdir(exist_ok=True)
        with replacing(docs / RUNS / runs.folder.name) as fresh:
            shutil.copytree(runs.folder, fresh, dirs_exist_ok=True)


def _finished(folder: Path) -> list[Record]:
    """The records of the runs in a study's folder that are done, in the order of their names."""
    records = [_read(path.parent) for path in sorted(folder.glob(f"*/{record.NAME}"))]
    return [run for run in records if run.status == "done"]


def _read(folder: Path) -> Record:
    try:
        return Record.model_validate_json((folder / record.NAME).read_bytes())
    except ValidationError as error:
        raise UserError(f"{folder / record.NAME}: damaged ({study_folder.one_line(error)})") from None


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
