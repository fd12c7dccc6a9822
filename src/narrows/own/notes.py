"""Says, once in a run or multirun, what was taken for granted about the user's data."""

import sys
from collections.abc import Sequence
from multiprocessing import current_process
from pathlib import Path

_said: set[str] = set()


def say(path: Path, notes: Sequence[str]) -> None:
    """Print the notes on the data at `path` as one line on stderr, unless this process has done so.

    The workers of a multirun are silent: the process that started them has read the data as well, to check the configs.
    """
    line = f"note: data.path={path}: {'; '.join(notes)}"
    if notes and line not in _said and current_process().name == "MainProcess":
        _said.add(line)
        print(line, file=sys.stderr)
