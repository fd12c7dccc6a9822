"""Sets the record and checkpoints of an earlier run aside, to make room for another run in the same folder."""

import filecmp
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from narrows.runs import record
from narrows.runs.atomic_files import write_bytes_atomically, write_text_atomically

#: The highest number that files of the folder were set aside with, so that it is not used again when they are removed.
COUNTER = ".set_aside"


def set_aside(folder: Path, continued: bool = False) -> None:
    """Rename record and checkpoints to record-1.json, best-1.aside and so on.

    With `continued` the checkpoints also keep their names. A kill leaves all of them set aside or none: the checkpoints
    get second names, the record is renamed, and then the first names are removed, by the next `life_cycle.begin` at the
    latest.
    """
    checkpoints = list(folder.glob("*.ckpt"))
    _remove_second_names(folder, checkpoints)
    number = 1 + _highest_number(folder)
    for path in checkpoints:
        _link(path, path.with_name(f"{path.stem}-{number}.aside"))
    (folder / record.NAME).rename(folder / f"record-{number}.json")
    keep_number(folder)
    if not continued:
        remove_checkpoints(folder)


def remove_checkpoints(folder: Path) -> None:
    """Remove the checkpoints, the last before the best: a best one alone is not continued."""
    for path in sorted(folder.glob("*.ckpt"), reverse=True):
        path.unlink()


def keep_number(folder: Path) -> None:
    """Write the highest number of a record that was set aside into the folder, if there is one and it is not there."""
    number = max(map(_number, folder.glob("record-[0-9]*.json")), default=0)
    if number > _kept_number(folder):
        write_text_atomically(folder / COUNTER, str(number))


def _highest_number(folder: Path) -> int:
    """The highest number that files in the folder were set aside with, also removed ones; 0 if there are none."""
    paths = [*folder.glob("record-[0-9]*.json"), *folder.glob("*-[0-9]*.aside")]
    return max([_kept_number(folder), *map(_number, paths)])


def _kept_number(folder: Path) -> int:
    with suppress(OSError, ValueError):  # not written yet, or changed by hand
        return int((folder / COUNTER).read_bytes())
    return 0


def _number(path: Path) -> int:
    """The number of a file that was set aside."""
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0


def _remove_second_names(folder: Path, checkpoints: Sequence[Path]) -> None:
    """Undo what a call that was killed before it renamed the record has left."""
    for path in folder.glob("*.aside"):
        recorded = (folder / f"record-{_number(path)}.json").exists()
        if not recorded and any(filecmp.cmp(path, other, shallow=False) for other in checkpoints):
            path.unlink()


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:  # a file system without hard links
        write_bytes_atomically(target, path.read_bytes())
