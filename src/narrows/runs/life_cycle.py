"""Beginning and end of a run, alone or in a fleet: sets an earlier run's files aside, and records how it ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from narrows.config.schema import Config
from narrows.errors import Interrupted
from narrows.runs import record
from narrows.runs.atomic_files import remove_partial_files
from narrows.runs.history import History
from narrows.runs.record import Record, Status


def begin(config: Config, folder: Path, resume: bool) -> Record:
    """The record of a run that begins, or with `resume` continues, in `folder`.

    Without `resume` the record and checkpoints of an earlier run are set aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remove_partial_files(folder)
    if not resume and (folder / record.NAME).is_file():
        record.set_aside(folder)
    return record.begin(config)


@contextmanager
def recorded(
    result: Record, history: History, folder: Path, unrecorded: Callable[[Exception], bool] = lambda error: False
) -> Iterator[None]:
    """Write the record when the body ends: done, failed with the error in one line, or interrupted.

    Exceptions are re-raised; those for which `unrecorded` is true leave no record.
    """
    try:
        yield
    except Interrupted:
        end(result, history, folder, "interrupted")
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
    result.status, result.error = status, error
    result.curves, result.epochs = history.pretraining | history.curves, history.epochs
    result.seconds = sum(history.curves["seconds"])
    if history.epochs:
        result.best_epoch = history.best_epoch
    record.write(result, folder)


def one_line(error: BaseException) -> str:
    """The message of an error in one line, or its class if it has none."""
    return " ".join(str(error).split()) or type(error).__name__
