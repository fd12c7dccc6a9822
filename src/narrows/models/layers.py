"""What stands between layers of weights, and the chain that hands noise to the layers that draw it."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from narrows.models.activations import activation
from narrows.models.norms import NORMS
from narrows.models.traits import Layer
from narrows.seeds import Noise, uniform


class Style(NamedTuple):
    """What the layers of one autoencoder share: names of the activation, norm and init, and the share dropped."""

    activation: str = "identity"
    norm: str = "none"
    dropout: float = 0.0
    init: str = "default"


class Activation(Layer):
    """An activation of the table as a layer, any shape to the same shape."""

    stacks = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, activation(name)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


class Dropout(Layer):
    """Each number is set to 0 with probability `rate`, the others grow by 1 / (1 - rate) (Srivastava et al. 2014).

    Any shape to the same shape. Draws from the generator it is given and never from torch's global one; without a
    generator, or in evaluation mode, everything passes.
    """

    draws = True
    stacks = True

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
    """Layers one after the other; those that draw noise get its source."""

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        for layer in self:
            x = layer(x, noise) if isinstance(layer, Layer) and layer.draws else layer(x)
        return x


def biased(style: Style) -> bool:
    """Whether a layer that `between` follows has a bias: one that the norm subtracts again has no gradient."""
    return not NORMS[style.norm].centres


def between(units: int, style: Style, maps: bool = False) -> list[nn.Module]:
    """What follows a layer of weights inside a network, of vectors or of `maps`: norm, activation, dropout."""
    dropout = [Dropout(style.dropout)] if style.dropout else []
    return [*NORMS[style.norm].layers(units, maps), Activation(style.activation), *dropout]


#: Layers that only bring their input into the shape that the weights after them want.
SHAPING = (nn.Flatten, nn.Unflatten, nn.Upsample)


def blocks(layers: Sequence[nn.Module], weighted: tuple[type[nn.Module], ...]) -> list[Layers]:
    """The layers in groups, each with one layer of the `weighted` kinds; layers that shape its input come before it."""
    groups: list[list[nn.Module]] = [[]]
    for layer in layers:
        if isinstance(layer, weighted) and any(isinstance(other, weighted) for other in groups[-1]):
            moved = [groups[-1].pop()] if isinstance(groups[-1][-1], SHAPING) else []
            groups.append(moved)
        groups[-1].append(layer)
    return [Layers(*group) for group in groups]
