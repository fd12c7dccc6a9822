"""A sweep from the grid to the report: plans, trains the runs that are not done, writes the report, lists the rest."""

import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from narrows import report
from narrows.board import links
from narrows.config.schema import Config, Sweep
from narrows.errors import UserError, one_line
from narrows.paths import writable
from narrows.report import widths
from narrows.runs import record, study
from narrows.runs.atomic_files import remove_partial_files
from narrows.runs.folder_lock import only_writer
from narrows.runs.record import Record
from narrows.runs.set_aside import set_aside
from narrows.runs.study import Study
from narrows.sweeps import asked_evaluations, same_question
from narrows.sweeps.evaluate_further import Finished, evaluate_further, tell
from narrows.sweeps.not_done import print_not_done, print_refused
from narrows.sweeps.plan import Job, Todo, readable_record, state
from narrows.sweeps.run_one import STOP, logged
from narrows.sweeps.watch import PROGRESS, tracked, watched

if TYPE_CHECKING:
    from narrows.sweeps.launch import Options

LAUNCHER_LOG = "launcher.log"  # in the study's folder: the traceback of an error of the launcher itself


def conduct(
    question: Study,
    jobs: Sequence[Job],
    folder: Path,
    sweep: Sweep,
    launch: Callable[[Sequence[Job]], object],
    fleets: "Options | None" = None,
    width: str | None = None,
    stays: bool = True,
) -> int:
    """Train every job that is not done and write the report; returns the exit status: 0 if all runs are done, else 1.

    `fleets` are the options with which `launch` trains fleets; None for a launcher that trains each run alone. `width`
    is that of the report's figures, None for that of the report in `folder`; another one writes it again. Links to
    TensorBoard are printed if the folder `stays`. Raises UserError if no job is valid, an evaluation is missing or
    cannot be had, `folder` holds the runs of another question, or another sweep is running in it.
    """
    widths.width(width)
    asked_evaluations.check(question, jobs)
    _refuse_empty(question, jobs)
    records = {job.name: readable_record(folder / job.name) for job in tracked(jobs, "reading the records")}
    same_question.check(question, jobs, records, folder)
    plan = {job: state(job.config, records[job.name], folder / job.name) for job in jobs}
    if sweep.dry:
        _print_plan(plan)
        print(f"{_estimate(plan, records, folder, fleets)}, into {folder}")
        return 0
    writable(folder, "hydra.sweep.dir")
    with only_writer(folder, "hydra.sweep.dir"):
        return _conduct(question, plan, folder, launch, width, stays)


def time_left(jobs: Sequence[Job], folder: Path, fleets: "Options | None") -> str:
    """The time that the runs which are not done will take, in words: “about 2.5 hours”."""
    records = {job.name: readable_record(folder / job.name) for job in jobs}
    plan = {job: state(job.config, records[job.name], folder / job.name) for job in jobs}
    return _estimate(plan, records, folder, fleets)


def _refuse_empty(question: Study, jobs: Sequence[Job]) -> None:
    """Raise UserError for a grid without a valid run."""
    if not jobs:
        empty = [key for key, levels in question.axes.items() if not levels]
        raise UserError(f"{', '.join(empty) or question.name}: no levels, so that the grid has no runs")
    if all(job.config is None for job in jobs):
        raise UserError(jobs[0].error)


def _conduct(
    question: Study,
    plan: dict[Job, Todo],
    folder: Path,
    launch: Callable[[Sequence[Job]], object],
    width: str | None,
    stays: bool,
) -> int:
    (folder / STOP).unlink(missing_ok=True)
    shutil.rmtree(folder / PROGRESS, ignore_errors=True)  # of a sweep that was killed
    remove_partial_files(folder)
    study.write(question, folder)
    _record_refused(plan, folder)
    _print_counts(plan)
    print_refused(list(plan), folder)
    left, unevaluated = _left(plan), _evaluate_further(plan, folder)
    if left:
        _launch(folder, left, partial(launch, left), question.name, list(plan.values()).count(Todo.REFUSED))
    if left or not report.is_current(folder, width):
        print(report.write(folder, width=width))
    else:
        report.remove_leftovers(folder)
        print(f"{report.summary_text(folder)}\n\n{folder / report.NAME / report.PAGE}")
    if stays:
        print(f"\n{links.how_to_open(folder)}")
    return max(tell(unevaluated), print_not_done(list(plan), folder))


def _left(plan: dict[Job, Todo]) -> list[Job]:
    return [job for job, what in plan.items() if what not in (Todo.SKIP, Todo.REFUSED, Todo.EVALUATE)]


def _evaluate_further(plan: dict[Job, Todo], folder: Path) -> dict[Path, str]:
    """Give finished runs the evaluations that were added to the study; the reasons where that failed, by folder."""
    jobs = [(job.name, job.config) for job, what in plan.items() if what is Todo.EVALUATE]
    return evaluate_further(
        [Finished(folder / name, config.evaluation, config.data) for name, config in jobs if config]
    )


def _launch(folder: Path, jobs: Sequence[Job], launch: Callable[[], object], title: str, refused: int) -> None:
    """Train the jobs. An error of the launcher (there is no Slurm, a worker was killed) is logged and not raised.

    So the report is still written; the sweep then fails because of the runs without a record.
    """
    try:
        with watched([folder / job.name for job in jobs], title, refused):
            launch()
    except Exception as error:
        with logged(folder / LAUNCHER_LOG):
            traceback.print_exc()
        print(f"the launcher failed: {one_line(error)} (traceback in {folder / LAUNCHER_LOG})", file=sys.stderr)


def _record_refused(plan: dict[Job, Todo], folder: Path) -> None:
    """Record why jobs were refused, unless a record says so; one of a valid run in the same folder is set aside."""
    for job in [job for job, what in plan.items() if what is Todo.REFUSED]:
        (folder / job.name).mkdir(exist_ok=True)
        refused, earlier = record.refuse(job.levels, job.error), readable_record(folder / job.name)
        if earlier and (earlier.status, earlier.error, earlier.config) == ("refused", job.error, refused.config):
            continue
        if earlier and earlier.fingerprint:  # a refused run has none
            set_aside(folder / job.name)
        record.write(refused, folder / job.name)


def _print_counts(plan: dict[Job, Todo]) -> None:
    counts = Counter(plan.values())
    print(f"{len(plan)} runs: " + "; ".join(f"{counts[what]} {what.value}" for what in Todo if counts[what]))


def _print_plan(plan: dict[Job, Todo]) -> None:
    for job, what in plan.items():
        print(f"{job.name}: {what.value}" + (f" ({job.error})" if job.error else ""))
    _print_counts(plan)


def _estimate(
    plan: dict[Job, Todo], records: Mapping[str, Record | None], folder: Path, fleets: "Options | None"
) -> str:
    """The time that the runs which are left will take, in words."""
    from narrows.sweeps import estimate  # imports joblib, 0.2 s

    left = [(job.config, folder / job.name) for job in _left(plan) if job.config]

    def finished(state: Todo) -> list[tuple[Config, Record]]:
        jobs = [(job.config, records[job.name]) for job, what in plan.items() if what is state]
        return [(config, record) for config, record in jobs if config and record]

    return estimate.text(left, finished(Todo.SKIP), finished(Todo.EVALUATE), fleets)
