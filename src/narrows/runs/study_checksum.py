"""The checksum of a study and its records, by which a report shows that it is of these and not of earlier ones."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from narrows.runs import record, study


def study_checksum(folders: Sequence[Path]) -> str:
    """Sha256 over the names and bytes of study.json and of each run's record.json in these folders."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in (folder / study.NAME, *sorted(folder.glob(f"*/{record.NAME}"))):
            content = hashlib.sha256(_bytes(path)).hexdigest()
            whole.update(f"{path.relative_to(folder)} {content}\n".encode(errors="surrogateescape"))
    return whole.hexdigest()


def _bytes(path: Path) -> bytes:
    """The file's content; none of a file that cannot be read, which the report says of its run."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
