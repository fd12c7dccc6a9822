"""One run of a sweep that trains alone: it is started, continued or skipped by the content of its folder."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from math import inf
from pathlib import Path
from tempfile import TemporaryFile

from narrows.config.schema import Config, Run
from narrows.errors import Unwritable, one_line
from narrows.gc_paused import gc_paused
from narrows.runs import record
from narrows.runs.atomic_files import unwritable, writing_into
from narrows.runs.determinants import determinants
from narrows.runs.folder_lock import next_writer
from narrows.runs.record import Record
from narrows.runs.set_aside import set_aside
from narrows.sweeps.orphans import ends_with_its_parent
from narrows.sweeps.plan import Todo, readable_record, todo

LOG = "run.log"
STOP = ".stop"  # in the study's folder: after a failure with sweep.on_error=stop no further run begins


def run_one(config: Config, folder: Path, on_error: str) -> float:
    """Train, continue or skip the run in `folder`; returns the loss that sweepers minimise.

    The loss is infinite for a failed run, since Optuna does not accept nan. Only an interruption is raised. The output
    of the run goes into run.log in its folder. The folder is locked, since a worker may survive a killed sweep and the
    next sweep must not train the same run.
    """
    with ends_with_its_parent():
        try:
            with next_writer(folder):
                return run_locked(config, folder, on_error)
        except Unwritable as error:
            return _failed(error, folder, on_error)


def run_locked(config: Config, folder: Path, on_error: str) -> float:
    """As `run_one`, for a caller that has locked the folder."""
    if (folder.parent / STOP).exists():
        return inf
    try:
        with logged(folder / LOG):
            return _finished(config, folder).objective()
    except Exception as error:
        return _failed(error, folder, on_error)


def _failed(error: Exception, folder: Path, on_error: str) -> float:
    if isinstance(error, Unwritable):
        tell(error, folder)
    if on_error == "stop":
        (folder.parent / STOP).touch()
    return inf


def tell(error: Unwritable, folder: Path) -> None:
    """Print on stderr why a run ended, unless its record says it, which the end of a sweep prints."""
    try:
        told = (earlier := readable_record(folder)) and earlier.error == one_line(error)
    except OSError:
        told = False
    if not told:
        print(f"{folder}: not trained: {one_line(error)}", file=sys.stderr)


def can_write(folder: Path) -> bool:
    """Create a run's folder; False, with a line on stderr, if it cannot be written: then the other runs are trained."""
    try:
        with unwritable(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=folder):
                return True
    except Unwritable as error:
        tell(error, folder)
        return False


def _finished(config: Config, folder: Path) -> Record:
    """The record of the run, which is trained, continued or evaluated further unless it is done already."""
    what = todo(config, folder)
    if what is Todo.SKIP and (earlier := record.read(folder)):
        return earlier
    if what is Todo.EVALUATE:
        with gc_paused():
            from narrows.sweeps.extend_run import extend_locked
        return extend_locked(folder, config.evaluation, config.data)
    with gc_paused():  # torch: not for a run that is skipped
        from narrows.run import run_in_locked
        from narrows.runs.resume import begun

    try:
        resume = what is Todo.RESUME and begun(config, folder) is not None
        return run_in_locked(config.model_copy(update={"run": Run(resume=resume)}), folder)
    except Exception as error:
        if not isinstance(error, Unwritable) and not _is_recorded(error, config, folder):
            record_failure(config, folder, error)  # such as data that cannot be downloaded, or a GPU that is missing
        raise


def _is_recorded(error: Exception, config: Config, folder: Path) -> bool:
    """Whether the record says that the run of this config failed so: that of another config may have the same error."""
    earlier = readable_record(folder)
    if earlier is None or earlier.error != one_line(error):
        return False
    return earlier.determinants() == determinants(config)


def record_failure(config: Config, folder: Path, error: Exception) -> None:
    """Record that the run failed before or outside its training.

    An interrupted run remains one, and the record of another run is set aside.
    """
    earlier = readable_record(folder)
    if earlier and earlier.status == "interrupted" and earlier.determinants() == determinants(config):
        record.write(earlier.model_copy(update={"error": one_line(error)}), folder)
        return
    if earlier and earlier.status not in ("failed", "refused"):
        set_aside(folder)
    record.write(record.begin(config).model_copy(update={"status": "failed", "error": one_line(error)}), folder)


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Appends what the body prints to this file, and the traceback of an error that it raises."""
    with ExitStack() as stack:
        stack.enter_context(writing_into(path.parent))
        log = stack.enter_context(path.open("a", buffering=1, encoding="utf-8"))
        stack.enter_context(redirect_stdout(log))
        stack.enter_context(redirect_stderr(log))
        try:
            yield
        except Unwritable as error:
            print(one_line(error))
            raise
        except Exception:
            traceback.print_exc()
            raise
