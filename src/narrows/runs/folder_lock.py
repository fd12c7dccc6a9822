"""A lock on a run's folder: one process at a time writes into it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from narrows.errors import UserError
from narrows.runs.atomic_files import unwritable

NAME = ".lock"


@contextmanager
def only_writer(folder: Path, key: str = "hydra.run.dir") -> Iterator[None]:
    """Lock a folder, which is created if necessary, while the body writes into it.

    Raises UserError if another process has locked it, naming `key`, by which another folder is chosen, and Unwritable
    if the lock cannot be written.
    """
    lock = _lock(folder)
    with unwritable(folder / NAME):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            busy = f"{key}={folder}: another process is writing into it; wait for it or name another folder"
            raise UserError(busy) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def next_writer(folder: Path) -> Iterator[None]:
    """As `only_writer`, but waits for another process, such as the worker of a killed sweep, and says so."""
    lock = _lock(folder)
    with unwritable(folder / NAME):
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"{folder}: waiting, since a worker of an earlier sweep still trains this run", file=sys.stderr)
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _lock(folder: Path) -> FileLock:
    with unwritable(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / NAME)
