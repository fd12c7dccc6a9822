"""How Lightning writes the checkpoints of a run: as those of fleets are written, whole or not at all."""

from pathlib import Path
from typing import Any

from lightning.pytorch.plugins import TorchCheckpointIO

from narrows.runs.checkpoint import write


class AtomicCheckpointIO(TorchCheckpointIO):
    """Lightning's reader and this package's writer: a run that is killed while it saves keeps its last checkpoint."""

    def save_checkpoint(
        self,
        checkpoint: dict[str, Any],
        path: str | Path,
        storage_options: Any | None = None,  # noqa: ANN401 - Lightning's argument, None here
    ) -> None:
        write(checkpoint, Path(path))
