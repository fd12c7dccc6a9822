"""The table of readers, one for each kind of file, which return numbers or texts, and labels.

Readers raise UserError, in one line, for data that cannot be trained on: words in a table, missing values, images of
different sizes. They import their libraries on use.
"""

from collections.abc import Callable
from pathlib import Path

from narrows.errors import UserError
from narrows.own.arrays import numpy_file, wav
from narrows.own.contents import TEXTS
from narrows.own.folders import folder, paragraphs
from narrows.own.raw import Raw
from narrows.own.request import Request
from narrows.own.tables import parquet, table

Reader = Callable[[Request], Raw]

READERS: dict[str, Reader] = {
    ".csv": table,
    ".tsv": table,
    ".parquet": parquet,
    ".npy": numpy_file,
    ".npz": numpy_file,
    ".wav": wav,
    **dict.fromkeys(TEXTS, paragraphs),
}

GZIP = ".gz"
PACKED = (GZIP, ".tgz", ".bz2", ".xz", ".zip", ".zst", ".7z", ".tar", ".rar")
POINTER = b"version https://git-lfs"
UNPACKED = (table, paragraphs)  # the readers that unpack gzipped files


def reader(path: Path) -> Reader:
    """The reader for the file or folder at `path`. Raises UserError if there is none that can be read."""
    try:
        if path.is_dir():
            return folder
        is_file = path.is_file()
    except OSError as error:  # a name too long, a folder that may not be entered
        raise UserError(f"data.path={path}: {error.strerror}") from None
    if not is_file:
        raise UserError(f"data.path={path}: no such file or folder")
    name = path.name.lower()
    for suffix, read in READERS.items():
        if name.endswith(suffix) or (read in UNPACKED and name.endswith(suffix + GZIP)):
            _refuse_pointer(path)
            return read
    packed = "; unpack it first" if name.endswith(PACKED) else ""
    raise UserError(f"data.path={path}: choose a folder or a file of {', '.join(READERS)}{packed}")


def _refuse_pointer(path: Path) -> None:
    """Raises UserError for what Git leaves in the place of a large file that was not fetched."""
    with path.open("rb") as file:
        if file.read(len(POINTER)) == POINTER:
            raise UserError(f"data.path={path}: is a pointer to a file in Git LFS; fetch it with `git lfs pull`")
