"""One line of progress for a whole sweep. It is read from the runs' records, so that it works with any launcher."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from narrows.runs import record
from narrows.runs.atomic_files import write_text_atomically
from narrows.runs.hidden_progress import is_hidden
from narrows.sweeps.plan import Job, readable_record

PROGRESS = ".progress"  # in the study's folder: a file per fleet, named by its process, holds how many runs it trained
INTERVAL = 0.5  # seconds between two looks
MANY = 2000  # records are read in a second
DAY = 24 * 3600  # the remaining time is estimated from so many past seconds; rich's default, 30, is less than one run


def tracked(jobs: Sequence[Job], title: str) -> Iterator[Job]:
    """The jobs, with a bar of progress on a terminal if they are so many that looking at all takes seconds."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=len(jobs) < MANY) as progress:
        yield from progress.track(jobs, description=title)


@contextmanager
def watched(folders: Sequence[Path], title: str, refused: int = 0) -> Iterator[None]:
    """Show how many runs in `folders` are done, failed and left while the body trains them.

    Of the same study, `refused` other runs were refused. Where stderr is no terminal only the last line is printed.
    """
    stamps = {folder: _stamp(folder) for folder in folders}
    progress = _progress(title, refused)
    task = progress.add_task("", total=len(folders), done=0, failed=0, left=len(folders))
    finished = threading.Event()
    thread = threading.Thread(target=_watch, args=(progress, task, stamps, finished), daemon=True)
    with progress:
        thread.start()
        try:
            yield
        finally:
            finished.set()
            thread.join()


def _progress(title: str, refused: int) -> Progress:
    others = f"{refused} refused, " if refused else ""
    columns = (
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.fields[done]} done, {task.fields[failed]} failed, " + others + "{task.fields[left]} left"),
        TimeElapsedColumn(),
        TextColumn("elapsed,"),
        TimeRemainingColumn(),
        TextColumn("remaining"),
    )
    console = Console(file=sys.__stderr__)  # the runs redirect sys.stderr into their logs
    return Progress(
        *columns,
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
        speed_estimate_period=DAY,
        disable=is_hidden(),  # in a notebook rich writes to the cell, wherever stderr is redirected
    )


def _watch(progress: Progress, task: TaskID, left: dict[Path, float], finished: threading.Event) -> None:
    """Update the line until `finished` is set, and once after that.

    `left` maps the folder of each run without a new record to the time stamp of its old one.
    """
    count, study = {"done": 0, "failed": 0}, next(iter(left)).parent
    last_look = False
    while not last_look:
        last_look = finished.wait(INTERVAL)
        for folder in [folder for folder, stamp in left.items() if _stamp(folder) != stamp]:
            ended = readable_record(folder)
            if ended and ended.status in count:
                count[ended.status] += 1
                del left[folder]
        done, failed = count["done"], count["failed"]
        training = sum(map(_runs_trained, study.glob(f"{PROGRESS}/[0-9]*")))
        progress.update(task, completed=done + failed + training, done=done, failed=failed, left=len(left))


def write_progress(path: Path, runs: float) -> None:
    """Write how much training a fleet has completed, in runs, to its file in the folder `PROGRESS`."""
    with suppress(OSError):  # of a full disk: nothing depends on it
        path.parent.mkdir(exist_ok=True)
        write_text_atomically(path, str(runs))


def _runs_trained(path: Path) -> float:
    """How much training a fleet has completed, in runs: 1.5 is one run and half of another."""
    try:
        return float(path.read_text())
    except OSError:  # the fleet has just ended and removed the file
        return 0.0


def _stamp(folder: Path) -> float:
    path = folder / record.NAME
    return path.stat().st_mtime if path.is_file() else 0.0
