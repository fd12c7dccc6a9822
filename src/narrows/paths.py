"""Where things lie unless told otherwise."""

import os
from pathlib import Path


def data_root() -> str:
    """The folder of all data sets: NARROWS_DATA_DIR, or `data/` in the checkout this package runs from."""
    return os.environ.get("NARROWS_DATA_DIR") or str(Path(__file__).parents[2] / "data")
