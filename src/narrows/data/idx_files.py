"""Files of the catalogue, idx files as they are or gzipped: read only if their checksum is the catalogue's."""

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


def content(path: Path, checksum: str, packed: bool = False) -> bytearray:
    """The unpacked content of a file. Raises UserError if it cannot be read, or is damaged: then it is moved.

    `packed`: the checksum is that of the file as it is, not of the content of a gzipped one.
    """
    try:
        stored = path.read_bytes()
        if packed and not _has(stored, checksum):
            raise _damaged(path, checksum)
        read = gzip.decompress(stored) if path.suffix == ".gz" else stored
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _damaged(path, checksum) from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    if not packed and not _has(read, checksum):
        raise _damaged(path, checksum)
    return bytearray(read)


def _has(content: bytes, checksum: str) -> bool:
    return hashlib.new(_kind(checksum), content).hexdigest() == checksum


def _kind(checksum: str) -> str:
    """Which checksum it is, by its length; of some data sets torchvision knows the md5 only."""
    return "md5" if len(checksum) == 32 else "sha256"


def _damaged(path: Path, checksum: str) -> UserError:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
        moved = f"moved aside to {aside.name}, run again to download it"
    except OSError:
        moved = "remove it"
    return UserError(f"{path} is damaged or truncated (its {_kind(checksum)} is not {checksum[:12]}…): {moved}")


def genuine(path: Path, checksum: str) -> bool:
    """Whether the file exists and has this checksum."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, _kind(checksum)).hexdigest() == checksum
