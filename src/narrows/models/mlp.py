"""Fully connected layers: the classic encoder and its mirrored decoder, and the single linear layer each way."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Generator, Tensor, nn

from narrows.models.activations import activation
from narrows.models.initialisation import initialise


class Activation(nn.Module):
    """An activation of the table as a layer, any shape to the same shape."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, activation(name)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


NORMS: dict[str, Callable[[int], list[nn.Module]]] = {
    "none": lambda units: [],
    "batch": lambda units: [nn.BatchNorm1d(units)],
    "layer": lambda units: [nn.LayerNorm(units)],
}


def mlp(
    sizes: Sequence[int],
    activation: str = "identity",
    norm: str = "none",
    init: str = "default",
    generator: Generator | None = None,
) -> nn.Sequential:
    """Linear layers of these sizes, (B, sizes[0]) to (B, sizes[-1]); norm and activation between them, not at the end.

    `norm` is none, batch (Ioffe & Szegedy 2015) or layer (Ba et al. 2016), before the activation.
    Raises KeyError for an activation, norm or init that does not exist.
    """
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.utils.skip_init(nn.Linear, fan_in, fan_out)
        initialise(linear, init, feeding=activation if layers else "identity", generator=generator)
        layers += [linear, *NORMS[norm](fan_out), Activation(activation)]
    return nn.Sequential(*layers[: layers.index(linear) + 1])
