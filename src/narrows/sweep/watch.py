"""One line of progress for a whole sweep, whoever trains its runs: read off their records."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from narrows.runs import record
from narrows.sweep.plan import found

PROGRESS = ".progress"  # in the study's folder: a file for each fleet with how many of its runs' worth it has trained
EVERY = 0.5  # seconds between two looks
DAY = 24 * 3600  # seconds of runs that the time left is estimated from; rich's 30 are shorter than one run


@contextmanager
def watched(folders: Sequence[Path], title: str) -> Iterator[None]:
    """Show done, failed and left of the runs in `folders` while the body trains them; at the end where no terminal."""
    begun = {folder: _stamp(folder) for folder in folders}
    columns = (
        TextColumn(title),
        BarColumn(),
        TextColumn("{task.fields[done]} done, {task.fields[failed]} failed, {task.fields[left]} left"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    # the runs redirect sys.stderr into their logs: the line keeps the real one
    progress = Progress(
        *columns,
        console=Console(file=sys.__stderr__),
        redirect_stdout=False,
        redirect_stderr=False,
        speed_estimate_period=DAY,
    )
    task = progress.add_task("", total=len(folders), done=0, failed=0, left=len(folders))
    finished = threading.Event()
    thread = threading.Thread(target=_watch, args=(progress, task, begun, finished), daemon=True)
    with progress:
        thread.start()
        try:
            yield
        finally:
            finished.set()
            thread.join()


def _watch(progress: Progress, task: TaskID, left: dict[Path, float], finished: threading.Event) -> None:
    count, study = {"done": 0, "failed": 0}, next(iter(left)).parent
    last_look = False
    while not last_look:
        last_look = finished.wait(EVERY)
        for folder in [folder for folder, stamp in left.items() if _stamp(folder) != stamp]:
            result = found(folder)
            if result and result.status in count:
                count[result.status] += 1
                del left[folder]
        done, failed = count["done"], count["failed"]
        begun = sum(map(_number, study.glob(f"{PROGRESS}/[0-9]*")))
        progress.update(task, completed=done + failed + begun, done=done, failed=failed, left=len(left))


def _number(path: Path) -> float:
    try:
        return float(path.read_text())
    except OSError:  # its fleet has just ended
        return 0.0


def _stamp(folder: Path) -> float:
    path = folder / record.NAME
    return path.stat().st_mtime if path.is_file() else 0.0
