"""Terms for sparse dictionaries: codes with units that are active or not, and a linear decoder."""

from math import inf

import torch
from torch import Tensor
from torch.func import functional_call

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.jump_relu import JumpRelu
from narrows.models.selection import keep_largest
from narrows.models.sparse_codes import Watched
from narrows.objective.term import Given


def code_l0(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """The number of active units of each code, (B,), for a code with learnt thresholds.

    Only the thresholds have a gradient, an estimate (Rajamanoharan et al. 2024b, eq. 9 and 12).
    """
    code = autoencoder.code.kind
    assert isinstance(code, JumpRelu)
    return code.firing(output.hidden).sum(-1)


def gate_error(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared error of the image that the rectified gates of a gated code decode to, sum over pixels: (B,).

    It trains the gates alone: the decoder is held fixed (Rajamanoharan et al. 2024a, eq. 8).
    """
    gates = autoencoder.code.magnitudes(output.hidden, output.code)
    fixed = {name: weight.detach() for name, weight in autoencoder.decoder.named_parameters()}
    outputs: Tensor = functional_call(autoencoder.decoder, fixed, (gates,))
    return _error(autoencoder, outputs, given.images)


def aux_k(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared distance of the reconstruction's error from what dead units make of it, sum over pixels: (B,).

    The `units` dead units with the largest outputs of the encoder decode the error x − x̂, which is held fixed; 0 where
    no unit is dead (Gao et al. 2024, appendix A.2, there divided by the variance of the data).
    """
    code = autoencoder.code.kind
    assert isinstance(code, Watched)
    dead, units = code.dead(), min(given.settings["units"], output.hidden.shape[-1])
    codes = keep_largest(output.hidden.where(dead, -inf), units, units).relu()
    decode = autoencoder.decoder
    explained = decode(codes) - decode(torch.zeros_like(codes))
    error = (given.images - output.images).flatten(-3).detach()
    distances: Tensor = (error - explained).square().sum(-1)
    return distances.where(dead.any(-1), 0)


def matryoshka(autoencoder: Autoencoder, output: Reconstruction, given: Given) -> Tensor:
    """Squared errors of the images that the first units of each code decode to, sums over pixels and prefixes: (B,).

    A prefix is a share of the code's units, at least one; the whole code is what the reconstruction error is about
    (Bussmann et al. 2025, eq. 3).
    """
    units = torch.arange(output.code.shape[-1], device=output.code.device)
    errors = []
    for share in given.settings["prefixes"]:
        first = units < _units_of_prefix(share, given.width)
        outputs: Tensor = autoencoder.decoder(output.code.where(first, 0))
        errors.append(_error(autoencoder, outputs, given.images))
    return torch.stack(errors).sum(0)


def _units_of_prefix(share: float, width: int | Tensor) -> int | Tensor:
    """The number of units in this share of a code; of members of a stack (M, 1) to (M, 1, 1)."""
    if isinstance(width, int):
        return max(1, round(share * width))
    return (share * width.double()).round().clamp(min=1).unsqueeze(-1)


def _error(autoencoder: Autoencoder, outputs: Tensor, images: Tensor) -> Tensor:
    """Squared errors of images (B, C, H, W), sum over pixels, from the decoder's flat outputs: (B,)."""
    return (autoencoder.images(outputs) - images).square().flatten(-3).sum(-1)
