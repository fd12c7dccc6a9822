"""Idx files: read as they are or gzipped, and only if their sha256 is the catalogue's."""

import gzip
import hashlib
import zlib
from pathlib import Path

from narrows.errors import UserError


def found(folder: Path, name: str) -> Path | None:
    """The file of this name or, as the servers deliver it, gzipped; Kaggle's has a dot before idx. None: not there.

    Raises UserError for a folder that may not be entered.
    """
    names = (name, name.replace("-idx", ".idx"))
    candidates = (folder / f"{spelling}{suffix}" for suffix in ("", ".gz") for spelling in names)
    try:
        return next((path for path in candidates if path.is_file()), None)
    except OSError as error:
        raise UserError(f"{folder}: cannot be read ({error.strerror})") from None


def content(path: Path, sha256: str) -> bytearray:
    """The unpacked content of an idx file. Raises UserError if it cannot be read, or is damaged: then it is moved."""
    try:
        read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _damaged(path, sha256) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    if hashlib.sha256(read).hexdigest() != sha256:
        raise _damaged(path, sha256)
    return bytearray(read)


def _damaged(path: Path, sha256: str) -> UserError:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
        moved = f"moved aside to {aside.name}, run again to download it"
    except OSError:
        moved = "remove it"
    return UserError(f"{path} is damaged or truncated (its sha256 is not {sha256[:12]}…): {moved}")


def genuine(path: Path, sha256: str) -> bool:
    """Whether the file exists and has this sha256."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256
