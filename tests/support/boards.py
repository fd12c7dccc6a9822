"""TensorBoard serving folders, as `narrows board` starts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrows.board import server, shown


@contextmanager
def serving(*folders: Path) -> Iterator[str]:
    """The address of TensorBoard with these folders, of studies or runs."""
    with shown.linked(folders) as tree:
        yield server.start(tree)
