"""Layers of tied decoders: the encoder's weights, transposed, with separate biases (Vincent et al. 2010)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.traits import Layer
from narrows.seeds import Noise


class TiedLinear(Layer):
    """The transpose of a linear layer: (B, its outputs) to (B, its inputs). The bias begins at 0."""

    stacks = True

    def __init__(self, layer: nn.Linear, bias: bool) -> None:
        super().__init__()
        self.partner = (layer,)  # a tuple hides it from torch, which would register its weight a second time
        self.out_features = layer.in_features
        self.bias = nn.Parameter(torch.zeros(layer.in_features)) if bias else None

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        return F.linear(x, self.partner[0].weight.mT, self.bias)


class TiedConv(Layer):
    """The transpose of a strided convolution: (B, its output channels, h, w) to (B, its input channels, H, W).

    A stride of 2 maps inputs of two sizes to the same h, w; `padding` (rows, columns), torch's `output_padding`,
    chooses between them.
    """

    def __init__(self, layer: nn.Conv2d, padding: tuple[int, int], bias: bool) -> None:
        super().__init__()
        self.partner, self.padding = (layer,), padding
        self.bias = nn.Parameter(torch.zeros(layer.in_channels)) if bias else None

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        (layer,) = self.partner
        assert not isinstance(layer.padding, str)
        return F.conv_transpose2d(x, layer.weight, self.bias, layer.stride, layer.padding, self.padding)


def tied_weights(decoder: nn.Module) -> list[Tensor]:
    """The encoder's weights that a decoder shares, which are not among its own parameters."""
    return [layer.partner[0].weight for layer in decoder.modules() if isinstance(layer, TiedLinear | TiedConv)]
