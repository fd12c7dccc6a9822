"""Replaces a folder as a whole, so that a crash leaves the old one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder beside `folder`, which takes its place when the block ends without an exception."""
    remove_leftovers(folder)
    fresh = Path(tempfile.mkdtemp(prefix=_prefix(folder), dir=folder.parent))
    try:
        yield fresh
        fresh.chmod(0o777 & ~_umask())
        if folder.exists():
            folder.replace(fresh.with_name(f"{fresh.name}-old"))
        fresh.replace(folder)
    finally:
        remove_leftovers(folder)


def remove_leftovers(folder: Path) -> None:
    """Remove what a writer that was killed has left beside `folder`."""
    for path in folder.parent.glob(f"{escape(_prefix(folder))}*"):
        shutil.rmtree(path, ignore_errors=True)


def _prefix(folder: Path) -> str:
    """How the names of new folders begin: as no file of a user does, whose folder may be called `vscode`."""
    return f".{folder.name}-narrows-"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
