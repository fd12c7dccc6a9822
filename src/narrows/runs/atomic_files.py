"""Files that are written whole or not at all: no reader sees part of one, no killed writer leaves one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

#: Suffix of an unfinished file, as in `.record.json.1f3a9c02.partial`. A killed writer leaves it behind.
PARTIAL = ".partial"


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """The body writes to the yielded temporary path; then the file is flushed to the disk and renamed to `path`.

    The temporary file is in the same folder and has a different name for each writer. After an exception it is removed
    and `path` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{token_hex(4)}{PARTIAL}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text_atomically(path: Path, text: str) -> None:
    """`Path.write_text`, whole or not at all."""
    with write_atomically(path) as temporary:
        temporary.write_text(text)


def remove_partial_files(folder: Path) -> None:
    """Remove the unfinished files of killed writers from a folder that no process is writing into."""
    for path in folder.glob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)
