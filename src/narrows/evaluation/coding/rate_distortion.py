"""Rate and distortion of quantised codes: bits per pixel and squared error for several step sizes."""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.evaluation.baselines.pixel_rows import Rows
from narrows.evaluation.coding import codec

#: Step sizes as the change that one step makes to an image: root mean square over pixels and training images.
STEPS = (0.2, 0.1, 0.05, 0.025)
PROBED = 500  # training images on which that change is measured
NUDGE = 0.01  # the finite difference, in standard deviations of the number over the training images

Decode = Callable[[Rows], Tensor]


def thousandths(step: float) -> int:
    """The step in thousandths, as it stands in the names of metrics."""
    return round(1000 * step)


def rate_distortion(train: Rows, test: Rows, decode: Decode, pixels: Tensor) -> dict[str, float]:
    """<step>_bpp and <step>_mse for each step, in thousandths, and the bytes of the finest step's tables as `model`.

    `train` and `test` are codes (N, k), `pixels` the uint8 test images (M, C, H, W), `decode` maps codes to images.
    """
    metrics: dict[str, float] = {}
    for step in STEPS:
        coder = codec.fit(train, step / sensitivity(train, decode))
        coded = coder.encode(test)
        output = decode(coder.decode(coded, len(test)))
        name = thousandths(step)
        metrics[f"{name}_bpp"] = 8 * len(coded) / pixels.numel()
        metrics[f"{name}_mse"] = (output - as_floats(pixels)).square().double().mean().item()
        metrics["model"] = coder.size()
    return metrics


def sensitivity(train: Rows, decode: Decode) -> Rows:
    """How much the image changes when a number of its code changes by one, (k,): root mean square over pixels, images.

    A forward difference at the codes of the first training images. A number that changes nothing, or never varies,
    gets a very small sensitivity: its step is then so wide that all its values are rounded to the same value.
    """
    codes = train[:PROBED]
    images, changes = decode(codes), np.empty(train.shape[1], np.float32)
    for number, spread in enumerate(train.std(0)):
        nudge = np.float32(max(NUDGE * spread, 1e-6))
        nudged = codes.copy()
        nudged[:, number] += nudge
        changes[number] = (decode(nudged) - images).square().mean().sqrt().item() / nudge
    return np.maximum(changes, 1e-6)
