"""Files that are written whole or not at all, whoever reads them meanwhile and whatever kills the writer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

#: How the name of an unfinished file ends: `.record.json.1f3a9c02.partial`. Without a writer it is what a kill left.
PARTIAL = ".partial"


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Write the file at the yielded temporary path; at the end it replaces `path`, its content on the disk.

    The temporary stands in the same folder, under a name of its own for each writer. After an exception it is removed
    and `path` is as it was.
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
    """Remove what killed writers left in a folder that nobody writes into."""
    for path in folder.glob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)
