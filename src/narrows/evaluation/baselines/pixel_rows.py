"""Images as NumPy rows, the form that scikit-learn takes."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from narrows.data.sources import as_floats

Rows = NDArray[np.float32]
Labels = NDArray[np.int64]


def pixel_rows(pixels: Tensor) -> Rows:
    """Uint8 pixels (N, C, H, W) as rows (N, C·H·W) in [0, 1]; floats are not scaled."""
    return as_floats(pixels.cpu()).flatten(1).numpy()
