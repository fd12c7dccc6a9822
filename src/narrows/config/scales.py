"""How the numbers of a data set are scaled, and the unit of errors that this gives."""

from typing import Literal

Scale = Literal["pixels", "standard", "range", "none"]

#: How pixels become 0 or 1: not at all, by one draw for all runs, or anew each time that a training image is seen.
Binarise = Literal["none", "fixed", "dynamic"]

#: How the contrast of each image is normalised: not at all, or by its mean absolute deviation; see `data.contrast`.
Contrast = Literal["none", "l1"]

#: The unit of an error before squaring, by how the numbers were scaled.
UNITS: dict[Scale, str] = {
    "pixels": "pixels in [0, 1]",
    "standard": "standardised numbers",
    "range": "numbers scaled to [0, 1]",
    "none": "numbers as they are",
}

#: Of pixels that were binarised.
BINARY = "binarised pixels"

#: Of images whose contrast was normalised.
CONTRASTED = "contrast-normalised pixels"
