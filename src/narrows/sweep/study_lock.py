"""The lock of a study's folder: one command at a time trains or evaluates its runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from narrows.errors import UserError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock during the body. Raises UserError at once if another process holds it."""
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout:
        raise UserError(
            f"{folder}: another sweep is running in this folder; wait for it or choose another folder"
        ) from None
