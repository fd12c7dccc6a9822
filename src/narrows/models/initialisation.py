"""How weights begin, and the gain that suits each activation."""

from functools import cache
from math import sqrt

import numpy as np
import torch
from torch import Generator, nn

from narrows.models.activations import activation


@cache
def gain(name: str) -> float:
    """The factor that keeps the second moment at 1 through activation `name`: 1 / √E[f(z)²], z ~ N(0, 1).

    He et al. 2015, eq. 9, for any f: √2 for relu, 1 for identity and (by its construction) selu, 1.59 for tanh.
    The expectation is Gauss-Hermite quadrature over 200 points.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    squares = activation(name)(torch.from_numpy(points)).square().numpy()
    return 1 / sqrt(float(weights @ squares / weights.sum()))


def initialise(layer: nn.Linear, scheme: str, feeding: str, generator: Generator | None = None) -> None:
    """Set `layer`'s weights by `scheme`, with the gain of the activation that feeds it; biases begin at 0.

    default     PyTorch's: weights and biases uniform within 1/√fan_in, no gain
    xavier      uniform, variance gain² · 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 16)
    kaiming     normal, variance gain² / fan_in (He et al. 2015, eq. 10)
    orthogonal  orthogonal rows or columns times gain (Saxe et al. 2014)

    Raises KeyError for another scheme.
    """
    fan_in = layer.in_features
    if scheme == "default":
        for parameter in (layer.weight, layer.bias):
            nn.init.uniform_(parameter, -1 / sqrt(fan_in), 1 / sqrt(fan_in), generator=generator)
        return
    nn.init.zeros_(layer.bias)
    if scheme == "xavier":
        nn.init.xavier_uniform_(layer.weight, gain(feeding), generator=generator)
    elif scheme == "kaiming":
        nn.init.normal_(layer.weight, std=gain(feeding) / sqrt(fan_in), generator=generator)
    elif scheme == "orthogonal":
        nn.init.orthogonal_(layer.weight, gain(feeding), generator=generator)
    else:
        raise KeyError(scheme)
