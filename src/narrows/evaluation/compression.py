"""How many bytes do images take as quantised codes, and what do the decoded images look like?"""

import numpy as np
import torch
from torch import Tensor, nn

from narrows.data.sources import Images
from narrows.evaluation.baselines.cached import cached
from narrows.evaluation.baselines.image_formats import formats
from narrows.evaluation.baselines.pca import pca_of
from narrows.evaluation.baselines.pixel_rows import Rows, pixel_rows
from narrows.evaluation.coding.rate_distortion import rate_distortion
from narrows.evaluation.support.encoding import codes, decoded
from narrows.models.autoencoder import Autoencoder
from narrows.models.tied import tied_weights

FLOAT = 4.0  # bytes of a weight


def compression(autoencoder: Autoencoder, train: Images, test: Images) -> dict[str, float]:
    """Rate and distortion of the test images, all coded in one stream of bytes and decoded from it.

    compression_<step>_bpp  bits of the stream per pixel
    compression_<step>_mse  squared error of the decoded images, mean over pixels in [0, 1]
    compression_model       bytes that the receiver needs beforehand: four for each number of `weights`, and the entropy
                            coder's tables for the finest step, the largest

    For four step sizes of the quantiser: 200, 100, 50 and 25 thousandths of the range of a pixel. Each number of the
    code is rounded to multiples of a step that changes the image by that much, measured on training images, whose
    codes also give the entropy coder its frequencies. Also with _pca for the same coder on as many principal
    components, and for the image formats of `formats`.
    """
    train_codes, test_codes = codes(autoencoder, train.pixels), codes(autoencoder, test.pixels)
    pixels = test.pixels.cpu()
    metrics = rate_distortion(train_codes, test_codes, lambda code: decoded(autoencoder, code), pixels)
    metrics["model"] += FLOAT * weights(autoencoder.decoder)
    metrics |= _of_pca(train_codes.shape[1], train.pixels.cpu(), pixels) | formats(pixels)
    return {f"compression_{name}": value for name, value in metrics.items()}


def weights(decoder: nn.Module) -> int:
    """How many numbers a receiver needs to decode: parameters, the encoder's weights if they are tied, statistics."""
    statistics = [buffer for buffer in decoder.buffers() if buffer.is_floating_point()]
    return sum(numbers.numel() for numbers in (*decoder.parameters(), *tied_weights(decoder), *statistics))


@cached
def _of_pca(components: int, train: Tensor, test: Tensor) -> dict[str, float]:
    """`rate_distortion` of the first principal components of `train`, and the bytes of the model; names end in _pca."""
    pca = pca_of(train, components)
    train_codes, test_codes = (pca.transform(pixel_rows(pixels)).astype(np.float32) for pixels in (train, test))

    def decode(code: Rows) -> Tensor:
        return torch.from_numpy(pca.inverse_transform(code)).float().clamp(0, 1).view(-1, *test.shape[1:])

    metrics = rate_distortion(train_codes, test_codes, decode, test)
    metrics["model"] += FLOAT * (pca.components.size + pca.mean.size)
    return {f"{name}_pca": value for name, value in metrics.items()}
