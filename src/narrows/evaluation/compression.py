"""What images cost in bytes by way of an autoencoder's code, and what they then look like."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from narrows.data.sources import Images, as_floats
from narrows.evaluation.baselines.image_formats import formats
from narrows.evaluation.support import codec
from narrows.evaluation.support.shared import Rows, codes, decoded, pca, remembered, rows
from narrows.models.autoencoder import Autoencoder

#: How far one step of a number moves the image: root of the squared change, mean over pixels and training images.
STEPS = (0.2, 0.1, 0.05, 0.025)
PROBED = 500  # training images on which that is measured
NUDGE = 0.01  # of a number's spread over the training images

Decode = Callable[[Rows], Tensor]


def compression(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Rate and distortion of the test images, all of them in one stream of real bytes, decoded again.

    compression_<step>_bpp  bits of the stream per pixel
    compression_<step>_mse  squared error of what was decoded from it, mean over pixels in [0, 1]
    compression_model       bytes that the receiver needs beforehand: four for each of the decoder's weights, and the
                            entropy coder's tables for the finest step

    For four sizes of the quantiser's step, in thousandths of an image's range. Each number of the code is rounded to a
    step that moves the image equally far, measured on training images, whose codes also give the shares that the
    entropy coder works with. Beside it with _pca the same coder on as many principal components, and the formats of
    `formats.formats`.
    """
    seen, unseen = codes(autoencoder, train.pixels), codes(autoencoder, test.pixels)
    weights = sum(parameter.numel() for parameter in autoencoder.decoder.parameters())
    pixels = test.pixels.cpu()
    found = curve(seen, unseen, lambda code: decoded(autoencoder, code), pixels)
    found["model"] += 4.0 * weights
    found |= of_pca(seen.shape[1], train.pixels.cpu(), pixels) | formats(pixels)
    return {f"compression_{name}": value for name, value in found.items()}


def curve(seen: Rows, unseen: Rows, decode: Decode, pixels: Tensor) -> dict[str, float]:
    """Bits per pixel and error for each step, from codes of training and of test images, the latter's pixels beside.

    `model`: bytes of the finest step's tables.
    """
    found: dict[str, float] = {}
    for step in STEPS:
        coder = codec.fit(seen, step / reach(seen, decode))
        stream = coder.encode(unseen)
        output = decode(coder.decode(stream, len(unseen)))
        name = round(1000 * step)
        found[f"{name}_bpp"] = 8 * len(stream) / pixels.numel()
        found[f"{name}_mse"] = (output - as_floats(pixels)).square().double().mean().item()
        found["model"] = coder.size()
    return found


def reach(seen: Rows, decode: Decode) -> Rows:
    """How far the image moves when a number of its code moves by one, (k,): root mean square over pixels and images.

    A forward difference at the first training images' codes. A number that moves nothing, or never moves, counts as
    moving very little: its step is then so wide that all its values are one.
    """
    some = seen[:PROBED]
    here, found = decode(some), np.empty(seen.shape[1], np.float32)
    for number, spread in enumerate(seen.std(0)):
        nudge = np.float32(max(NUDGE * spread, 1e-6))
        there = some.copy()
        there[:, number] += nudge
        found[number] = (decode(there) - here).square().mean().sqrt().item() / nudge
    return np.maximum(found, 1e-6)


@remembered
def of_pca(size: int, train: Tensor, test: Tensor) -> dict[str, float]:
    """`curve` of the first `size` principal components of `train`, and the bytes of its model; names end in _pca."""
    fitted = pca(train, size)
    seen, unseen = (fitted.transform(rows(pixels)).astype(np.float32) for pixels in (train, test))

    def decode(code: Rows) -> Tensor:
        return torch.from_numpy(fitted.inverse_transform(code)).float().clamp(0, 1).view(-1, *test.shape[1:])

    found = curve(seen, unseen, decode, test)
    found["model"] += 4.0 * (fitted.components_.size + fitted.mean_.size)
    return {f"{name}_pca": value for name, value in found.items()}
