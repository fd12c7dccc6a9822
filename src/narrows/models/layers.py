"""What comes between layers of weights (norm, activation, dropout), and sequences that pass noise to layers."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from narrows.models.activations import activation
from narrows.models.norms import NORMS
from narrows.models.traits import Layer
from narrows.seeds import Noise, uniform


class Style(NamedTuple):
    """Settings that all layers of an autoencoder share: names of activation, norm and init, and the rate of dropout.

    `gated`: hidden layers have gates, those that are fully connected only.
    """

    activation: str = "identity"
    norm: str = "none"
    dropout: float = 0.0
    init: str = "default"
    gated: bool = False


class Activation(Layer):
    """A layer that applies one of `ACTIVATIONS` elementwise, any shape to the same shape."""

    stacks = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, activation(name)

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        return self.function(x)

    def extra_repr(self) -> str:
        return self.name


class Dropout(Layer):
    """Each number is set to 0 with probability `rate`, the others divided by 1 - rate (Srivastava et al. 2014).

    Any shape to the same shape. Without a source of noise, or in evaluation mode, it is the identity; it never draws
    from torch's global generator.
    """

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
    """Layers one after the other; this package's own layers are given the source of noise, torch's are not."""

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        for layer in self:
            x = self.output_of(layer, x, noise)
        return x

    def output_of(self, layer: nn.Module, x: Tensor, noise: Noise | None) -> Tensor:
        """The output of one of these layers."""
        output: Tensor = layer(x, noise) if isinstance(layer, Layer) else layer(x)
        return output


def biased(style: Style) -> bool:
    """Whether a layer followed by `between` needs a bias: a norm that subtracts each unit's mean removes it again."""
    return not NORMS[style.norm].centres


def between(units: int, style: Style, maps: bool = False) -> list[nn.Module]:
    """Norm, activation and dropout: the layers that follow each layer of weights but the last.

    `units` are the layer's outputs, or its channels where it gives `maps`.
    """
    dropout = [Dropout(style.dropout)] if style.dropout else []
    return [*NORMS[style.norm].layers(units, maps), Activation(style.activation), *dropout]


#: Layers without weights that change the shape of their input for the layer of weights after them.
SHAPING = (nn.Flatten, nn.Unflatten, nn.Upsample)


def blocks(layers: Sequence[nn.Module], weighted: tuple[type[nn.Module], ...]) -> list[Layers]:
    """The layers in groups, each with one layer of the `weighted` types.

    A group begins with the layer that shapes the input of its weights, if there is one.
    """
    groups: list[list[nn.Module]] = [[]]
    for layer in layers:
        if isinstance(layer, weighted) and any(isinstance(other, weighted) for other in groups[-1]):
            moved = [groups[-1].pop()] if isinstance(groups[-1][-1], SHAPING) else []
            groups.append(moved)
        groups[-1].append(layer)
    return [Layers(*group) for group in groups]
