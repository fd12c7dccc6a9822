"""A file in the format of dSprites with fewer images."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from narrows.data import sprites

SIZES = (3, 2, 5, 3, 2)
FOLDER = TemporaryDirectory()


@cache
def dsprites_file() -> Path:
    """180 images of 64 × 64, as 0 and 1, with the classes of six factors, of which the first is the colour."""
    path, factors = Path(FOLDER.name) / "dsprites.npz", sprites.factors(SIZES)
    classes = np.concatenate([np.zeros((len(factors), 1), np.int64), factors], 1)
    write(path, imgs=sprites.images(SIZES, 64)[:, 0] // 255, latents_classes=classes)
    return path


def write(path: Path, **arrays: np.ndarray) -> None:
    np.savez_compressed(path, **arrays)
