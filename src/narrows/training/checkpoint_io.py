"""How Lightning reads and writes the checkpoints of a run: as those of fleets, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning.pytorch.plugins import TorchCheckpointIO

from narrows.runs.checkpoint import read, write


class AtomicCheckpointIO(TorchCheckpointIO):
    """This package's reader and writer: a run that is killed while it saves keeps its last checkpoint.

    Lightning's writer has its temporary file in TMPDIR: when that is another file system, it copies over the last one.
    """

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any | None = None,  # noqa: ANN401 - Lightning's argument, None here
    ) -> None:
        write(checkpoint, Path(path))

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Callable | None = None,  # type: ignore[type-arg] # Lightning's; `read` loads to the CPU
        weights_only: bool | None = True,
    ) -> dict[str, Any]:
        return read(path)
