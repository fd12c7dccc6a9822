"""How much memory is free: of the machine, or of the container or cluster job, whose limit may be lower."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil


class Files(NamedTuple):
    """A version of Linux's control groups: folder and files of a group's memory, and the count of reclaimable bytes."""

    folder: str
    limit: str
    used: str
    reclaimable: str  # pages of files in memory.stat, which the kernel drops when memory is short


V1 = Files("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
V2 = Files("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")


def free(root: Path = Path("/")) -> int:
    """Bytes that this process can still use: the smallest rest of the machine and of the groups it is in.

    `root` is where the folders proc and sys are.
    """
    machine: int = psutil.virtual_memory().available
    return min([machine, *_rests(root)])


def _rests(root: Path) -> Iterator[int]:
    """The rest of each control group with a limit."""
    for files, group in _groups(root):
        top = root / files.folder
        lowest = top / group.lstrip("/")
        for folder in (lowest, *lowest.parents):  # inside a container the group's own folder is often the top one
            if folder.is_relative_to(top) and (rest := _rest(folder, files)) is not None:
                yield rest


def _groups(root: Path) -> Iterator[tuple[Files, str]]:
    """The groups of this process: lines such as `4:memory:/job` of version 1, `0::/job` of version 2."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        if not controllers:
            yield V2, group
        elif "memory" in controllers.split(","):
            yield V1, group


def _rest(folder: Path, files: Files) -> int | None:
    limit, used = _text(folder / files.limit), _text(folder / files.used)
    if not limit.isdecimal() or not used.isdecimal():  # "max", or no such group
        return None
    reclaimable = re.search(rf"^{files.reclaimable} (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
    return max(0, int(limit) - int(used) + (int(reclaimable[1]) if reclaimable else 0))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape").strip()  # names of groups are bytes
    except OSError:  # not Linux, or hidden from this process
        return ""


def gigabytes(size: float) -> str:
    """A size in bytes as text."""
    return f"{size / 1e9:.2g} GB" if size < 1e14 else f"{size / 1e9:.0e} GB"
