"""How many bits a code of symbols takes."""

from math import log2

import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.models.autoencoder import Autoencoder


def code_usage(autoencoder: Autoencoder, pixels: Tensor) -> dict[str, float]:
    """The size and the use of a code with an `alphabet`, on uint8 images (N, C, H, W), by an autoencoder in eval mode.

    code_bits        of a code whose symbols all take equally many: the number of symbols times log₂ of the alphabet
    code_entropy     in bits: of a code whose symbols are coded independently, at their frequencies among the images
    code_perplexity  2^(entropy of a symbol), geometric mean over the symbols: how many values are used
    """
    code = autoencoder.code
    symbols = in_batches(lambda images: code.symbols(autoencoder.encoder(images.flatten(1))).cpu(), pixels)
    counts = torch.stack([column.bincount(minlength=code.alphabet) for column in symbols.T])
    entropies = torch.special.entr(counts.double() / len(symbols)).sum(1) / torch.tensor(2.0).double().log()
    return {
        "code_bits": symbols.shape[1] * log2(code.alphabet),
        "code_entropy": entropies.sum().item(),
        "code_perplexity": 2 ** entropies.mean().item(),
    }
