"""Log densities of normal distributions with independent numbers, in nats.

A number 0 with mean 0 and log variance 0, as in the padding of a stack, adds -log(2π) / 2 to every density: it cancels
in log q(z|x) - log p(z).
"""

from math import log, pi

import torch
from torch import Tensor

LOG_2_PI = log(2 * pi)


def precise(x: Tensor) -> Tensor:
    """As float32 where it is in a type of 16 bits, too coarse for differences of densities and sums over a batch."""
    return x if x.dtype.itemsize >= 4 else x.float()


def log_standard_normal(codes: Tensor) -> Tensor:
    """Of codes (…, k) under the standard normal, (…)."""
    return -(codes.square() + LOG_2_PI).sum(-1) / 2


def log_normal(codes: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """Of codes (…, k), each under its own normal distribution, (…)."""
    return -((codes - mean).square() * (-log_variance).exp() + log_variance + LOG_2_PI).sum(-1) / 2


def log_normals(codes: Tensor, means: Tensor, log_variances: Tensor) -> Tensor:
    """Of every code (…, B, k) under every one of C normal distributions (…, C, k): (…, B, C).

    By products of matrices, without an array (…, B, C, k).
    """
    codes, means, log_variances = map(precise, (codes, means, log_variances))
    precisions = (-log_variances).exp()
    constants = (means.square() * precisions + log_variances + LOG_2_PI).sum(-1).unsqueeze(-2)
    with torch.autocast(codes.device.type, enabled=False):  # bfloat16 is too coarse for differences of large squares
        squares = codes.square() @ precisions.mT - 2 * codes @ (means * precisions).mT
    return -(squares + constants) / 2
