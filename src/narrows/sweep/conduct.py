"""A sweep from the grid to the report: plans, trains the runs that are not done, writes the report, lists failures."""

import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from filelock import FileLock, Timeout
from rich.console import Console

from narrows import report
from narrows.board import links
from narrows.config.schema import Sweep
from narrows.errors import UserError
from narrows.paths import writable
from narrows.runs import record, study
from narrows.runs.atomic_files import remove_partial_files
from narrows.runs.life_cycle import one_line
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.sweep.plan import Job, Todo, readable_record, todo
from narrows.sweep.run_one import STOP, logged
from narrows.sweep.watch import PROGRESS, watched

LAUNCHER_LOG = "launcher.log"  # in the study's folder: the traceback of an error of the launcher itself
OVERHEAD = 1.0  # seconds of a run in addition to its epochs: composing, evaluating, recording
PER_IMAGE = 5e-5  # seconds per image of the default model on one CPU thread; used while no run in the folder is done


def conduct(
    question: Study, jobs: Sequence[Job], folder: Path, sweep: Sweep, launch: Callable[[Sequence[Job]], object]
) -> int:
    """Train every job that is not done and write the report; returns the exit status: 1 if a run failed, else 0.

    Raises UserError if no job is valid or another sweep is running in `folder`.
    """
    plan = {job: todo(job.config, folder / job.name) for job in jobs}
    if set(plan.values()) == {Todo.REFUSED}:
        raise UserError(jobs[0].error)
    if sweep.dry:
        _print_plan(plan, folder)
        return 0
    writable(folder, "hydra.sweep.dir")
    with _locked(folder):
        return _conduct(question, plan, folder, launch)


def _conduct(question: Study, plan: dict[Job, Todo], folder: Path, launch: Callable[[Sequence[Job]], object]) -> int:
    (folder / STOP).unlink(missing_ok=True)
    shutil.rmtree(folder / PROGRESS, ignore_errors=True)  # of a sweep that was killed
    remove_partial_files(folder)
    study.write(question, folder)
    _record_refused(plan, folder)
    _print_counts(plan)
    left = _left(plan)
    if left:
        _launch(folder, left, partial(launch, left), question.name)
    if left or _outdated(folder, plan):
        report.write(folder)
    print(f"{report.summary_text(folder)}\n\n{folder / report.NAME / 'report.html'}")
    print(f"\nnarrows board {folder}   starts TensorBoard; then\n{links.text(links.links(folder))}")
    return _print_failures(list(plan), folder)


def _outdated(folder: Path, jobs: Iterable[Job]) -> bool:
    """True if a record is newer than the report: a sweep may have been killed between the two."""
    page = folder / report.NAME / "report.html"
    sources = [folder / study.NAME, *(folder / job.name / record.NAME for job in jobs)]
    return not page.is_file() or any(p.is_file() and p.stat().st_mtime > page.stat().st_mtime for p in sources)


def _left(plan: dict[Job, Todo]) -> list[Job]:
    return [job for job, what in plan.items() if what not in (Todo.SKIP, Todo.REFUSED)]


def _launch(folder: Path, jobs: Sequence[Job], launch: Callable[[], object], title: str) -> None:
    """Train the jobs. An error of the launcher (there is no Slurm, a worker was killed) is logged and not raised.

    So the report is still written; the sweep then fails because of the runs without a record.
    """
    try:
        with watched([folder / job.name for job in jobs], title):
            launch()
    except Exception as error:
        with logged(folder / LAUNCHER_LOG):
            traceback.print_exc()
        print(f"the launcher failed: {one_line(error)} (traceback in {folder / LAUNCHER_LOG})", file=sys.stderr)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(
            f"{folder}: another sweep is running in this folder; wait for it or choose another folder"
        ) from None


def _record_refused(plan: dict[Job, Todo], folder: Path) -> None:
    """Record why jobs were refused; a record of a valid run that stands in the same folder is set aside."""
    for job, what in plan.items():
        if what is Todo.REFUSED:
            (folder / job.name).mkdir(exist_ok=True)
            if (earlier := readable_record(folder / job.name)) and earlier.fingerprint:  # a refused run has none
                record.set_aside(folder / job.name)
            record.write(record.refuse(job.levels, job.error), folder / job.name)


def _print_counts(plan: dict[Job, Todo]) -> None:
    counts = Counter(plan.values())
    print(f"{len(plan)} runs: " + "; ".join(f"{counts[what]} {what.value}" for what in Todo if counts[what]))


def _print_plan(plan: dict[Job, Todo], folder: Path) -> None:
    for job, what in plan.items():
        print(f"{job.name}: {what.value}" + (f" ({job.error})" if job.error else ""))
    _print_counts(plan)
    pace = _pace([readable_record(folder / job.name) for job in plan])
    seconds = sum(_estimate(job, pace) for job in _left(plan))
    print(f"about {seconds / 60:.1f} minutes if trained one after the other, into {folder}")


def _pace(records: Sequence[Record | None]) -> float:
    """Training time in seconds per image and epoch: the median of the runs that are done, else `PER_IMAGE`."""
    done = [record for record in records if record and record.status == "done"]
    paces = [record.seconds / (record.epochs * record.data.train) for record in done]
    return median(paces) if paces else PER_IMAGE


def _estimate(job: Job, pace: float) -> float:
    """Estimated seconds of a valid job."""
    assert job.config is not None
    return OVERHEAD + pace * job.config.trainer.max_epochs * job.config.data.trained


def _print_failures(jobs: Sequence[Job], folder: Path) -> int:
    """Print a line on stderr for each run that is not done; returns 1 if there is any."""
    console, status = Console(stderr=True, soft_wrap=True, highlight=False), 0
    for job in jobs:
        result = readable_record(folder / job.name)
        if result is None or result.status != "done":
            status = 1
            why = (result.error or result.status) if result else "no record"
            console.print(f"not done: {folder / job.name}: {why}", markup=False)
    return status
