"""Initial weights, and the gain for each activation."""

from collections.abc import Callable
from functools import cache
from math import sqrt

import numpy as np
import torch
from torch import Generator, Tensor, nn

from narrows.models.activations import activation

LINKS = 15  # nonzero incoming weights of each unit under `sparse`, as in Martens 2010

Weighted = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


@cache
def gain(name: str) -> float:
    """The factor that keeps the second moment at 1 through activation `name`: 1 / √E[f(z)²], z ~ N(0, 1).

    He et al. 2015, eq. 9, for any f: √2 for relu, 1 for identity and (by its construction) selu, 1.59 for tanh.
    The expectation is computed by Gauss-Hermite quadrature with 200 points.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    squares = activation(name)(torch.from_numpy(points)).square().numpy()
    return 1 / sqrt(float(weights @ squares / weights.sum()))


def _xavier(rows: Tensor, gain: float, generator: Generator | None) -> None:
    nn.init.xavier_uniform_(rows, gain, generator=generator)


def _kaiming(rows: Tensor, gain: float, generator: Generator | None) -> None:
    nn.init.normal_(rows, std=gain / sqrt(rows.shape[1]), generator=generator)


def _orthogonal(rows: Tensor, gain: float, generator: Generator | None) -> None:
    nn.init.orthogonal_(rows, gain, generator=generator)


def _sparse(rows: Tensor, gain: float, generator: Generator | None) -> None:
    links = min(LINKS, rows.shape[1])
    nn.init.normal_(rows, std=gain / sqrt(links), generator=generator)
    chosen = torch.rand(rows.shape, generator=generator).topk(links, dim=1).indices
    rows.mul_(torch.zeros_like(rows).scatter_(1, chosen, 1.0))


def _column_norm(rows: Tensor, gain: float, generator: Generator | None) -> None:
    nn.init.normal_(rows, generator=generator)
    rows.div_(rows.norm(dim=1, keepdim=True))


#: Each fills rows (units, incoming weights), given the gain of the activation before the layer.
SCHEMES: dict[str, Callable[[Tensor, float, Generator | None], None]] = {
    "xavier": _xavier,
    "kaiming": _kaiming,
    "orthogonal": _orthogonal,
    "sparse": _sparse,
    "column_norm": _column_norm,
}


def initialise(layer: Weighted, scheme: str, feeding: str, generator: Generator | None = None) -> None:
    """Set `layer`'s weights by `scheme`, with the gain of the activation before it, `feeding`; biases begin at 0.

    default      PyTorch's: weights and biases uniform within 1/√fan_in, no gain
    xavier       uniform, variance gain² · 2 / (fan_in + fan_out) (Glorot & Bengio 2010, eq. 16)
    kaiming      normal, variance gain² / fan_in (He et al. 2015, eq. 10)
    orthogonal   orthogonal rows or columns times gain (Saxe et al. 2014)
    sparse       15 incoming weights of each unit normal with variance gain² / 15, the rest 0 (Martens 2010, section 5,
                 with variance 1)
    column_norm  normal directions, each unit's incoming weights of length 1, no gain (Hendrycks & Gimpel 2016)

    In a convolution each output channel is a unit. Raises KeyError for another scheme.
    """
    if scheme == "default":
        bound = 1 / sqrt(
            layer.weight[0].numel()
        )  # PyTorch's fan_in; of transposed convolutions it counts output channels
        for parameter in layer.parameters(recurse=False):
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        return
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    with torch.no_grad():
        rows = _rows(layer)
        fresh = torch.empty(rows.shape)
        SCHEMES[scheme](fresh.flatten(1), gain(feeding), generator)
        rows.copy_(fresh * _stride_gain(layer))


def _rows(layer: Weighted) -> Tensor:
    """The weights, units first: transposed convolutions keep them (in, out, kernel, kernel)."""
    return layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight


def _stride_gain(layer: Weighted) -> float:
    """The factor for a transposed convolution: with a stride of 2 a quarter of its weights reach an output pixel."""
    return float(layer.stride[0]) if isinstance(layer, nn.ConvTranspose2d) else 1.0
