"""Worker processes whose main process was killed end when their work has."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

INTERVAL = 2.0  # seconds between two looks for the parent
_busy = threading.RLock()


@contextmanager
def ends_with_its_parent() -> Iterator[None]:
    """In a worker of joblib: this process ends once its parent has and the body is not running.

    joblib's own workers wait for their killed parent for ever. Does nothing in any other process.
    """
    parent = multiprocessing.parent_process()
    if parent and multiprocessing.current_process().name.startswith("LokyProcess"):
        _watch(parent.pid)
    with _busy:
        yield


@cache  # once in a process
def _watch(parent: int | None) -> None:
    """`parent` is the process that started this one: it may have been killed before this is called."""
    threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: int | None) -> None:
    while os.getppid() == parent:  # another process adopts an orphan
        time.sleep(INTERVAL)
    with _busy:
        os._exit(1)
