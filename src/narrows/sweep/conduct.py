"""A sweep from grid to report: plan, launch what is left, tell how it went."""

import shutil
import sys
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
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.sweep.plan import Job, Todo, found, todo
from narrows.sweep.run_one import STOP
from narrows.sweep.watch import PROGRESS, watched

OVERHEAD = 1.0  # seconds a run spends beside its epochs: composing, evaluating, recording
PER_IMAGE = 5e-5  # seconds the default model trains on an image, one CPU thread; until a run here says better


def conduct(
    asked: Study, jobs: Sequence[Job], folder: Path, sweep: Sweep, launch: Callable[[Sequence[Job]], object]
) -> int:
    """Bring every job to its end and write the report; returns the exit status: 1 when a run failed, else 0.

    Raises UserError when no job is valid or another sweep works in `folder`.
    """
    plan = {job: todo(job, folder) for job in jobs}
    if set(plan.values()) == {Todo.REFUSED}:
        raise UserError(jobs[0].error)
    if sweep.dry:
        _tell_plan(plan, folder)
        return 0
    writable(folder, "hydra.sweep.dir")
    with _alone(folder):
        return _conduct(asked, plan, folder, launch)


def _conduct(asked: Study, plan: dict[Job, Todo], folder: Path, launch: Callable[[Sequence[Job]], object]) -> int:
    (folder / STOP).unlink(missing_ok=True)
    shutil.rmtree(folder / PROGRESS, ignore_errors=True)  # of a sweep that was killed
    study.write(asked, folder)
    _refuse(plan, folder)
    _tell_counts(plan)
    left = _left(plan)
    if left:
        _launch([folder / job.name for job in left], partial(launch, left), asked.name)
    if left or _outdated(folder, plan):
        report.write(folder)
    print(f"{report.summary_text(folder)}\n\n{folder / report.NAME / 'report.html'}")
    print(f"\nnarrows board {folder}   starts TensorBoard; then\n{links.text(links.links(folder))}")
    return _tell_failures(list(plan), folder)


def _outdated(folder: Path, jobs: Iterable[Job]) -> bool:
    """Whether something was written after the report: a sweep may have been killed between the two."""
    page = folder / report.NAME / "report.html"
    made = [folder / study.NAME, *(folder / job.name / record.NAME for job in jobs)]
    return not page.is_file() or any(p.is_file() and p.stat().st_mtime > page.stat().st_mtime for p in made)


def _left(plan: dict[Job, Todo]) -> list[Job]:
    return [job for job, what in plan.items() if what not in (Todo.SKIP, Todo.REFUSED)]


def _launch(folders: Sequence[Path], launch: Callable[[], object], title: str) -> None:
    """What breaks in a launcher (no Slurm here, a job that ran out of memory) costs no other run its report."""
    try:
        with watched(folders, title):
            launch()
    except Exception as error:
        print(f"the launcher failed: {' '.join(str(error).split()) or type(error).__name__}", file=sys.stderr)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(f"{folder}: another sweep is at work in this folder; wait for it or choose another") from None


def _refuse(plan: dict[Job, Todo], folder: Path) -> None:
    """Record why; what a valid configuration left in the same folder is kept aside."""
    for job, what in plan.items():
        if what is Todo.REFUSED:
            (folder / job.name).mkdir(exist_ok=True)
            if (earlier := found(folder / job.name)) and earlier.fingerprint:
                record.set_aside(folder / job.name)
            record.write(record.refuse(job.levels, job.error), folder / job.name)


def _tell_counts(plan: dict[Job, Todo]) -> None:
    counts = Counter(plan.values())
    print(f"{len(plan)} runs: " + "; ".join(f"{counts[what]} {what.value}" for what in Todo if counts[what]))


def _tell_plan(plan: dict[Job, Todo], folder: Path) -> None:
    for job, what in plan.items():
        print(f"{job.name}: {what.value}" + (f" ({job.error})" if job.error else ""))
    _tell_counts(plan)
    pace = _pace([found(folder / job.name) for job in plan])
    seconds = sum(_estimate(job, pace) for job in _left(plan))
    print(f"about {seconds / 60:.1f} minutes of computing, one run after the other, into {folder}")


def _pace(results: Sequence[Record | None]) -> float:
    """Seconds per image and epoch, as the runs that are done here needed."""
    paces = [
        result.seconds / (result.epochs * result.data.train) for result in results if result and result.status == "done"
    ]
    return median(paces) if paces else PER_IMAGE


def _estimate(job: Job, pace: float) -> float:
    assert job.config is not None
    return OVERHEAD + pace * job.config.trainer.max_epochs * record.begin(job.config).data.train


def _tell_failures(jobs: Sequence[Job], folder: Path) -> int:
    """A line for each run that is not done, on stderr; 1 if there is any."""
    console, status = Console(stderr=True, soft_wrap=True, highlight=False), 0
    for job in jobs:
        result = found(folder / job.name)
        if result is None or result.status != "done":
            status = 1
            why = (result.error or result.status) if result else "no record"
            console.print(f"not done: {folder / job.name}: {why}", markup=False)
    return status
