"""Files that are written whole or not at all: no reader sees part of one, no killed writer leaves one."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path
from secrets import token_hex

from narrows.errors import DiskFull, Unwritable
from narrows.runs.interrupts import signals_held

#: Suffix of an unfinished file, as in `.record.json.1f3a9c02.partial`. A killed writer leaves it behind.
PARTIAL = ".partial"

FULL = (ENOSPC, EDQUOT)  # no space on the device, or none left of the user's quota

#: Names of unfinished files: ours, and those of versions before 0.2, which end with the writer's process number.
UNFINISHED = re.compile(
    rf"\..+\.[0-9a-f]{{8}}{re.escape(PARTIAL)}|\.(record\.json|study\.json|last\.ckpt|best\.ckpt)\.\d+"
)


@contextmanager
def write_atomically(path: Path, size: int | None = None) -> Iterator[Path]:
    """The body writes to the yielded temporary path; then the file is flushed to the disk and renamed to `path`.

    The temporary file is in the same folder and has a different name for each writer. After an exception it is removed
    and `path` is unchanged. Signals wait until the end. Raises Unwritable if the system refuses to write; `size` is the
    number of bytes to be written, if it is known.
    """
    temporary = path.with_name(f".{path.name}.{token_hex(4)}{PARTIAL}")
    with signals_held(), unwritable(path, size):
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):  # its folder is gone or may no longer be written; the first error says why
                temporary.unlink(missing_ok=True)
            raise


@contextmanager
def unwritable(path: Path, size: int | None = None) -> Iterator[None]:
    """Raises an OSError of the body as Unwritable, which names `path` and, on a full disk, the space there is."""
    try:
        yield
    except Unwritable:
        raise
    except OSError as error:
        raise _unwritable(error, _within(path, error) or path, size) from None


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """As `unwritable`, for a body that also does other things: for errors of a full disk and of files in `folder`."""
    try:
        yield
    except Unwritable:
        raise
    except OSError as error:
        path = _within(folder, error)
        if error.errno in FULL or path:
            raise _unwritable(error, path or folder) from None
        raise


def _within(folder: Path, error: OSError) -> Path | None:
    """The file of the error if it is in the folder, at any depth."""
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else folder
    return path if path != folder and path.is_relative_to(folder) else None


def _unwritable(error: OSError, path: Path, size: int | None = None) -> Unwritable:
    reason = f"{path}: cannot be written: {error.strerror or error}"
    return DiskFull(f"{reason} ({_space(path, size)})") if error.errno in FULL else Unwritable(reason)


def _space(path: Path, size: int | None) -> str:
    free = f"{_megabytes(shutil.disk_usage(path.parent).free)} free"
    return free if size is None else f"{_megabytes(size)} needed, {free}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.3g} MB"


def write_bytes_atomically(path: Path, content: bytes | memoryview) -> None:
    """`Path.write_bytes`, whole or not at all."""
    with write_atomically(path, len(content)) as temporary:
        temporary.write_bytes(content)


def write_text_atomically(path: Path, text: str) -> None:
    """`Path.write_text` in UTF-8, whole or not at all."""
    write_bytes_atomically(path, text.encode())


def remove_partial_files(folder: Path) -> None:
    """Remove the unfinished files of killed writers from a folder that no other process is writing into."""
    for path in folder.iterdir():
        if UNFINISHED.fullmatch(path.name):
            path.unlink(missing_ok=True)
