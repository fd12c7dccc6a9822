"""What stands between layers of weights, and the chain that hands noise to those that draw it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from narrows.models.activations import activation
from narrows.seeds import Noise, uniform


class Style(NamedTuple):
    """What the layers of one autoencoder share: names of the activation, norm and init, and the share dropped."""

    activation: str = "identity"
    norm: str = "none"
    dropout: float = 0.0
    init: str = "default"


class Activation(nn.Module):
    """An activation of the table as a layer, any shape to the same shape."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, activation(name)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


class Dropout(nn.Module):
    """Each number is set to 0 with probability `rate`, the others grow by 1 / (1 - rate) (Srivastava et al. 2014).

    Any shape to the same shape. Draws from the generator it is given and never from torch's global one; without a
    generator, or in evaluation mode, everything passes.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        if noise is None or not self.training:
            return x
        kept = uniform(x, noise) >= self.rate
        return x * kept / (1 - self.rate)

    def extra_repr(self) -> str:
        return f"{self.rate}"


class Layers(nn.Sequential):
    """Layers one after the other; those that draw noise get the generator."""

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        for layer in self:
            x = layer(x, noise) if isinstance(layer, Dropout) else layer(x)
        return x


Norms = dict[str, Callable[[int], list[nn.Module]]]

#: Of vectors (B, units): Ioffe & Szegedy 2015, Ba et al. 2016.
NORMS: Norms = {
    "none": lambda units: [],
    "batch": lambda units: [nn.BatchNorm1d(units)],
    "layer": lambda units: [nn.LayerNorm(units)],
}

#: Of feature maps (B, channels, height, width), the statistics over the maps as well.
MAP_NORMS: Norms = {
    "none": lambda channels: [],
    "batch": lambda channels: [nn.BatchNorm2d(channels)],
    "layer": lambda channels: [nn.GroupNorm(1, channels)],
}


def biased(style: Style) -> bool:
    """Whether a layer that `between` follows has a bias: BatchNorm takes it away again, and its gradient is noise."""
    return style.norm != "batch"


def between(units: int, style: Style, norms: Norms = NORMS) -> list[nn.Module]:
    """What follows a layer of weights inside a network: norm, activation, dropout."""
    dropout = [Dropout(style.dropout)] if style.dropout else []
    return [*norms[style.norm](units), Activation(style.activation), *dropout]


#: Layers that only bring their input into the shape that the weights after them want.
SHAPING = (nn.Flatten, nn.Unflatten, nn.Upsample)


def blocks(layers: Sequence[nn.Module], weighted: tuple[type[nn.Module], ...]) -> list[Layers]:
    """The layers in groups that begin with one of the `weighted` kinds, or with what shapes its input."""
    found: list[list[nn.Module]] = [[]]
    for layer in layers:
        if isinstance(layer, weighted) and any(isinstance(other, weighted) for other in found[-1]):
            moved = [found[-1].pop()] if isinstance(found[-1][-1], SHAPING) else []
            found.append(moved)
        found[-1].append(layer)
    return [Layers(*group) for group in found]
