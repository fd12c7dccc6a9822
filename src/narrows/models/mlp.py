"""Fully connected encoders and decoders."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Generator, nn

from narrows.models.initialisation import initialise
from narrows.models.layers import Layers, Style, between, biased
from narrows.models.tied import TiedLinear
from narrows.models.uninitialised import uninitialised


def mlp(
    sizes: Sequence[int],
    activation: str = "identity",
    norm: str = "none",
    dropout: float = 0.0,
    init: str = "default",
    generator: Generator | None = None,
) -> Layers:
    """Linear layers of these sizes, (B, sizes[0]) to (B, sizes[-1]); norm, activation and dropout between them.

    `norm`, a key of `NORMS`, comes before the activation; nothing follows the last linear layer.
    Raises KeyError for an activation, norm or init that does not exist.
    """
    style, linears = Style(activation, norm, dropout), list[nn.Linear]()
    for fan_in, fan_out in pairwise(sizes):
        bias = biased(style) or len(linears) == len(sizes) - 2
        linear = uninitialised(nn.Linear, fan_in, fan_out, bias=bias)
        initialise(linear, init, feeding=activation if linears else "identity", generator=generator)
        linears.append(linear)
    return _chain(linears, style)


def tied_mlp(encoder: Layers, style: Style) -> Layers:
    """The decoder that mirrors `encoder`, with its weights transposed and separate biases."""
    linears = [layer for layer in encoder if isinstance(layer, nn.Linear)]
    bias = [*[biased(style)] * (len(linears) - 1), True]
    return _chain([TiedLinear(*pair) for pair in zip(reversed(linears), bias, strict=True)], style)


def _chain(weights: Sequence[nn.Linear | TiedLinear], style: Style) -> Layers:
    layers: list[nn.Module] = []
    for weight in weights[:-1]:
        layers += [weight, *between(weight.out_features, style)]
    return Layers(*layers, weights[-1])
