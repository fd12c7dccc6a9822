"""Beginning and end of a run, alone or in a fleet: sets an earlier run's files aside, and records how it ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter

from narrows.config.schema import Config
from narrows.errors import Interrupted, Unwritable, one_line
from narrows.runs import record, set_aside
from narrows.runs.atomic_files import remove_partial_files, unwritable, writing_into
from narrows.runs.determinants import determinants
from narrows.runs.history import History
from narrows.runs.interrupts import signals_held
from narrows.runs.record import Record, Status


def begin(config: Config, folder: Path, resume: bool) -> Record:
    """The record of a run that begins, or with `resume` continues, in `folder`.

    The record and checkpoints of an earlier run are set aside, but not those of this run that was interrupted. With
    `resume` only those of a run that is done, which is continued for more epochs.
    """
    with unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        remove_partial_files(folder)
        set_aside.keep_number(folder)  # of a call that was killed
        if (folder / record.NAME).is_file() and not _unfinished(config, folder, resume):
            set_aside.set_aside(folder, continued=resume)
        if not resume:
            set_aside.remove_checkpoints(folder)
    return record.begin(config)


def _unfinished(config: Config, folder: Path, resume: bool) -> bool:
    """Whether the record in the folder is of the run that begins, which will write it anew."""
    try:
        earlier = record.read(folder)
    except ValueError:  # damaged
        return resume
    if earlier is None or resume:
        return earlier is None or earlier.status != "done"
    return earlier.status == "interrupted" and earlier.determinants() == determinants(config)


@contextmanager
def recorded(
    result: Record, history: History, folder: Path, unrecorded: Callable[[Exception], bool] = lambda error: False
) -> Iterator[None]:
    """Write the record when the body ends: done, failed with the error in one line, or interrupted.

    A run that cannot write its files is interrupted: it can be continued when there is room. Exceptions are re-raised;
    those for which `unrecorded` is true leave no record.
    """
    try:
        with writing_into(folder):
            yield
    except Interrupted:
        end(result, history, folder, "interrupted")
        raise
    except Unwritable as error:
        with suppress(Unwritable):  # which has the same reason
            end(result, history, folder, "interrupted", one_line(error))
        raise
    except Exception as error:
        if not unrecorded(error):
            end(result, history, folder, "failed", one_line(error))
        raise
    end(result, history, folder, "done")


@contextmanager
def evaluated(result: Record) -> Iterator[None]:
    """Measure the time that the body takes to evaluate the run."""
    began = perf_counter()
    yield
    result.evaluation_seconds = perf_counter() - began


def end(result: Record, history: History, folder: Path, status: Status, error: str | None = None) -> None:
    """Write the record of a run that ended with this status, with its curves, epochs and training time."""
    with signals_held():
        result.status, result.error = status, error
        result.curves, result.epochs = history.pretraining | history.curves, history.epochs
        result.seconds = sum(history.curves["seconds"])
        if history.epochs:
            result.best_epoch = history.best_epoch
        record.write(result, folder)
