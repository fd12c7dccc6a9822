"""A disk that is full for one file, told by its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from itertools import count
from os import PathLike, fsdecode, strerror
from pathlib import Path

import pytest


@contextmanager
def full_disk(name: str, after: int = 0, until: int | None = None) -> Iterator[None]:
    """Writing files whose name contains `name` fails from the one numbered `after` on, before the one `until`."""
    written, write_bytes = count(), Path.write_bytes

    def refuse(path: str | PathLike) -> None:
        if name in Path(fsdecode(path)).name and after <= next(written) < (10**9 if until is None else until):
            raise OSError(ENOSPC, strerror(ENOSPC))  # without the file's name, as from a write

    def write(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
            refuse(self)
        return write_bytes(self, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", write)
        yield
