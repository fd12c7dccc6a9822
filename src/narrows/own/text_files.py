"""Opens files of text: plain or gzipped, in UTF-8 or with a byte order mark."""

import codecs
import gzip
from pathlib import Path
from typing import TextIO, cast

from narrows.errors import UserError

GZIP = b"\x1f\x8b"

#: Encodings by their byte order mark; UTF-32's begins with UTF-16's. Excel writes UTF-8's and UTF-16's.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

NO_TEXT = "is not text in UTF-8; convert it first, for instance with iconv"


def gzipped(path: Path) -> bool:
    """Whether the content is gzipped, whatever the file's name is."""
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def encoding(path: Path) -> str:
    """The encoding that the byte order mark names; UTF-8 for files without one."""
    with gzip.open(path) if gzipped(path) else path.open("rb") as file:
        start = file.read(4)
    return next((name for mark, name in MARKS.items() if start.startswith(mark)), "utf-8")


def opened(path: Path) -> TextIO:
    """The file, to be read as text; all line ends become newlines."""
    open_text = gzip.open if gzipped(path) else open
    return cast(TextIO, open_text(path, "rt", encoding=encoding(path)))


def refuse_binary(path: Path, text: str) -> None:
    """Raises UserError for text with the character 0, as UTF-16 without a byte order mark has."""
    if "\0" in text:
        raise UserError(f"data.path={path}: {NO_TEXT}")
