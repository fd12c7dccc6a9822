"""The table of readers, one for each kind of file, which return numbers or texts, and labels.

Readers raise UserError, in one line, for data that cannot be trained on: words in a table, missing values, images of
different sizes. They import their libraries on use.
"""

from collections.abc import Callable
from pathlib import Path

from narrows.errors import UserError
from narrows.own.arrays import npy, npz, wav
from narrows.own.folders import TEXTS, folder, paragraphs
from narrows.own.raw import Raw
from narrows.own.request import Label
from narrows.own.tables import table

Reader = Callable[[Path, list[Label] | None, Label | None], Raw]

READERS: dict[str, Reader] = {
    ".csv": table,
    ".tsv": table,
    ".parquet": table,
    ".npy": npy,
    ".npz": npz,
    ".wav": wav,
    **dict.fromkeys(TEXTS, paragraphs),
}


def reader(path: Path) -> Reader:
    """The reader for the file or folder at `path`. Raises UserError if there is none that can be read."""
    if path.is_dir():
        return folder
    name = path.name.lower().removesuffix(".gz")
    for suffix, read in READERS.items():
        if name.endswith(suffix) and path.is_file():
            return read
    why = f"choose a folder or a file of {', '.join(READERS)}" if path.is_file() else "no such file or folder"
    raise UserError(f"data.path={path}: {why}")
