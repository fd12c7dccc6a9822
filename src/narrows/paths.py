"""Where things lie unless told otherwise."""

import os
import tempfile
from pathlib import Path

from narrows.errors import UserError


def data_root() -> str:
    """The folder of all data sets: NARROWS_DATA_DIR, or `data/` in the checkout this package runs from."""
    return os.environ.get("NARROWS_DATA_DIR") or str(Path(__file__).parents[2] / "data")


def writable(folder: Path, key: str) -> None:
    """Make the folder that a user gave for `key`; raises UserError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{key}={folder}: cannot be written ({error.strerror})") from None
