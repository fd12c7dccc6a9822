"""Residual convolutional encoders and decoders with pooling, for images of any size."""

from itertools import pairwise
from math import prod

from torch import Generator, Tensor, nn

from narrows.models.conv import sizes
from narrows.models.initialisation import initialise
from narrows.models.layers import Layers, Style, between, biased
from narrows.models.traits import Layer
from narrows.models.uninitialised import uninitialised
from narrows.seeds import Noise


class Residual(Layer):
    """A residual block: adds what `layers` compute of its input to the input, (B, …) to the same shape."""

    def __init__(self, layers: Layers) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        added: Tensor = self.layers(x, noise)
        return x + added


class Stages:
    """Makes the layers of an encoder or decoder: `blocks` residual blocks in each stage, squares of `kernel` pixels.

    Norm, activation and dropout come before each convolution but the first, as in He et al. 2016, “Identity mappings”.
    """

    def __init__(self, blocks: int, kernel: int, style: Style, generator: Generator | None) -> None:
        self.blocks, self.kernel, self.style, self.generator = blocks, kernel, style, generator
        self.biased = biased(style)  # all maps but the decoder's last go to norms, on every path

    def conv(self, before: int, after: int, feeding: str, last: bool = False) -> nn.Module:
        """A convolution that keeps the size of maps; `feeding` names the activation before it."""
        layer: nn.Conv2d = uninitialised(
            nn.Conv2d, before, after, self.kernel, padding=self.kernel // 2, bias=self.biased or last
        )
        initialise(layer, self.style.init, feeding, self.generator)
        return layer

    def activated(self, before: int, after: int, last: bool = False) -> list[nn.Module]:
        """Norm, activation, dropout and a convolution."""
        return [*between(before, self.style, maps=True), self.conv(before, after, self.style.activation, last)]

    def residuals(self, channels: int) -> list[nn.Module]:
        """The residual blocks of a stage, of two convolutions each."""
        return [
            Residual(Layers(*self.activated(channels, channels), *self.activated(channels, channels)))
            for _ in range(self.blocks)
        ]

    def linear(self, inputs: int, outputs: int, feeding: str) -> nn.Module:
        layer: nn.Linear = uninitialised(nn.Linear, inputs, outputs)
        initialise(layer, self.style.init, feeding, self.generator)
        return layer

    def encoder(self, shape: tuple[int, int, int], channels: list[int], numbers: int) -> Layers:
        """Images (B, C·H·W) to (B, numbers).

        A stage for each of `channels`: a convolution, residual blocks, and means of 2 × 2 pixels, which halve the maps
        and round up; then one linear layer.
        """
        layers: list[nn.Module] = [nn.Unflatten(1, shape)]
        for before, after in pairwise([shape[0], *channels]):
            first = len(layers) == 1
            layers += [self.conv(before, after, "identity")] if first else self.activated(before, after)
            layers += [*self.residuals(after), nn.AvgPool2d(2, ceil_mode=True)]
        pixels = prod(sizes(*shape[1:], len(channels))[-1])
        last = self.linear(channels[-1] * pixels, numbers, self.style.activation)
        return Layers(*layers, *between(channels[-1], self.style, maps=True), nn.Flatten(), last)

    def decoder(self, shape: tuple[int, int, int], channels: list[int], numbers: int) -> Layers:
        """Codes (B, numbers) to (B, C·H·W): the stages in reverse order, maps enlarged by nearest neighbours."""
        maps = sizes(*shape[1:], len(channels))
        layers = [self.linear(numbers, channels[-1] * prod(maps[-1]), "identity")]
        layers.append(nn.Unflatten(1, (channels[-1], *maps[-1])))
        for before, after, size in zip(channels[::-1], [*channels[-2::-1], shape[0]], maps[-2::-1], strict=True):
            last = size == maps[0]
            layers += [nn.Upsample(size=size), *self.residuals(before), *self.activated(before, after, last)]
        return Layers(*layers, nn.Flatten())
