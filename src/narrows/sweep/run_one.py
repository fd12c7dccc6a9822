"""One run of a sweep, brought to its end from whatever state its folder is in."""

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
from narrows.runs.record import Record
from narrows.sweep.plan import Todo, state

LOG = "run.log"
STOP = ".stop"  # in the study's folder: after a failure with sweep.on_error=stop no further run begins


def pursue(config: Config, folder: Path, on_error: str) -> float:
    """Train, continue or skip the run in `folder`; returns the loss that sweepers minimise.

    It is infinite for a failed run: Optuna takes no nan. Only an interruption leaves as an exception. What the run
    prints goes into its folder's run.log. The folder is locked, so that a worker that outlived a killed sweep and the
    next sweep's worker do not train the same run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        return bring(config, folder, on_error)


def bring(config: Config, folder: Path, on_error: str) -> float:
    """As `pursue`, for whoever has locked the folder."""
    stop = folder.parent / STOP
    with logged(folder / LOG):
        if stop.exists():
            return inf
        try:
            return _to_its_end(config, folder).objective()
        except Exception:
            traceback.print_exc()
            if on_error == "stop":
                stop.touch()
            return inf


def _to_its_end(config: Config, folder: Path) -> Record:
    fresh = record.begin(config)
    found = state(fresh, folder)
    if found is Todo.SKIP and (earlier := record.read(folder)):
        return earlier
    with gc_paused():  # torch: not for a run that is skipped
        from narrows.run import can_continue, run

    resume = found is Todo.RESUME and can_continue(config, folder)
    try:
        return run(config.model_copy(update={"run": Run(resume=resume)}), folder)
    except UserError as error:  # data that cannot be had, a GPU that is not there: this run has failed
        record.write(fresh.model_copy(update={"status": "failed", "error": str(error)}), folder)
        raise


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """What is printed inside goes to the end of this file."""
    with path.open("a", buffering=1) as log, redirect_stdout(log), redirect_stderr(log):
        yield
