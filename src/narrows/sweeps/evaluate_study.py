"""Adds evaluations to the finished runs in a folder, on the data that their records name, and writes the report."""

from collections.abc import Sequence
from pathlib import Path

from narrows import report
from narrows.config.data_section import Data, data_of
from narrows.config.evaluations import check_names, unmet_need
from narrows.errors import UserError
from narrows.paths import writable
from narrows.runs import record
from narrows.runs.folder_lock import only_writer
from narrows.runs.record import Record
from narrows.stats import study_folder
from narrows.sweeps.evaluate_further import Finished, evaluate_further, tell
from narrows.sweeps.plan import readable_record


def is_run(folder: Path) -> bool:
    """Whether the folder is that of a run."""
    return (folder / record.NAME).is_file()


def evaluate_study(folder: Path, names: Sequence[str], root: str, processes: int | None) -> int:
    """Evaluate the finished runs of the study in `folder`, data sets being in `root`, and write its report.

    Returns the exit status: 1 if a run could not be evaluated, else 0. Raises UserError, before anything is written,
    for a folder without a study or without finished runs, for an unknown evaluation, for one that none of the runs can
    have, and while a sweep is running in `folder`.
    """
    check_names(names)
    folders = [folder / name for name in study_folder.read(folder).runs]
    writable(folder, "folder")
    with only_writer(folder, "folder"):
        done = _done(folders)
        if not done:
            raise UserError(f"{folder}: none of its {len(folders)} runs is done")
        left = [path for path, result in done.items() if result.unevaluated(names)]
        print(_counts(len(left), len(done) - len(left), len(folders) - len(done)), flush=True)
        failures = _evaluate(done, names, root, processes)
        report.write(folder)
    return tell(failures)


def evaluate_run(folder: Path, names: Sequence[str], root: str) -> tuple[int, dict[str, float]]:
    """As `evaluate_study` for a single run; also returns the metrics of its record."""
    check_names(names)
    if not (done := _done([folder])):
        raise UserError(f"{folder}: this run is not done")
    status = tell(_evaluate(done, names, root, processes=1))
    result = readable_record(folder)
    return status, result.metrics if result else {}


def _done(folders: Sequence[Path]) -> dict[Path, Record]:
    """The records of the runs in these folders that are done."""
    return {path: result for path in folders if (result := readable_record(path)) and result.status == "done"}


def _counts(left: int, evaluated: int, unfinished: int) -> str:
    words = {"to evaluate further": left, "evaluated already": evaluated, "not done": unfinished}
    counts = "; ".join(f"{number} {text}" for text, number in words.items() if number)
    return f"{left + evaluated + unfinished} runs: {counts}"


def _evaluate(done: dict[Path, Record], names: Sequence[str], root: str, processes: int | None) -> dict[Path, str]:
    """Evaluate these runs; returns the reasons where that failed, by folder."""
    left = {path: result for path, result in done.items() if result.unevaluated(names)}
    runs, failures = _prepared(left, names, root)
    if failures and not runs and len(set(failures.values())) == 1:
        raise UserError(next(iter(failures.values())))
    return failures | evaluate_further(runs, processes)


def _prepared(left: dict[Path, Record], names: Sequence[str], root: str) -> tuple[list[Finished], dict[Path, str]]:
    """The runs that can be evaluated, and for each of the others the reason."""
    runs, failures = [], {}
    for folder, result in left.items():
        try:
            runs.append(Finished(folder, names, _data(result, names, root)))
        except UserError as error:
            failures[folder] = str(error)
    return runs, failures


def _data(result: Record, names: Sequence[str], root: str) -> Data:
    """The data of a run. Raises UserError if they cannot be read or do not have what an added evaluation needs."""
    values = result.config["data"]
    data = data_of(values | {"root": root} if "root" in values else values)
    if reason := unmet_need(result.unevaluated(names), data.traits):
        raise UserError(reason)
    return data
