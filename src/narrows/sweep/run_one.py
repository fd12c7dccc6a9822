"""One run of a sweep that trains alone: it is started, continued or skipped by the content of its folder."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from math import inf
from pathlib import Path

from filelock import FileLock

from narrows.config.schema import Config, Run
from narrows.errors import UserError
from narrows.gc_paused import gc_paused
from narrows.runs import record
from narrows.runs.life_cycle import one_line
from narrows.runs.record import Record
from narrows.sweep.plan import Todo, todo

LOG = "run.log"
STOP = ".stop"  # in the study's folder: after a failure with sweep.on_error=stop no further run begins


def run_one(config: Config, folder: Path, on_error: str) -> float:
    """Train, continue or skip the run in `folder`; returns the loss that sweepers minimise.

    The loss is infinite for a failed run, since Optuna does not accept nan. Only an interruption is raised. The output
    of the run goes into run.log in its folder. The folder is locked, since a worker may survive a killed sweep and the
    next sweep must not train the same run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        return run_locked(config, folder, on_error)


def run_locked(config: Config, folder: Path, on_error: str) -> float:
    """As `run_one`, for a caller that has locked the folder."""
    stop = folder.parent / STOP
    with logged(folder / LOG):
        if stop.exists():
            return inf
        try:
            return _finished(config, folder).objective()
        except Exception:
            traceback.print_exc()
            if on_error == "stop":
                stop.touch()
            return inf


def _finished(config: Config, folder: Path) -> Record:
    """The record of the run, which is trained, continued or evaluated further unless it is done already."""
    what = todo(config, folder)
    if what is Todo.SKIP and (earlier := record.read(folder)):
        return earlier
    if what is Todo.EVALUATE:
        with gc_paused():
            from narrows.sweep.extend_run import extend_locked
        return extend_locked(folder, config.evaluation, config.data)
    with gc_paused():  # torch: not for a run that is skipped
        from narrows.run import run
        from narrows.runs.resume import can_continue

    resume = what is Todo.RESUME and can_continue(config, folder)
    try:
        return run(config.model_copy(update={"run": Run(resume=resume)}), folder)
    except UserError as error:  # such as data that cannot be downloaded, or a GPU that is missing
        record_failure(config, folder, error)
        raise


def record_failure(config: Config, folder: Path, error: Exception) -> None:
    """Record that the run failed before or outside its training."""
    failed = {"status": "failed", "error": one_line(error)}
    record.write(record.begin(config).model_copy(update=failed), folder)


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Appends what the body prints to this file."""
    with path.open("a", buffering=1) as log, redirect_stdout(log), redirect_stderr(log):
        yield
