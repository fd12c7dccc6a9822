"""Decoders that use the encoder's weights, transposed: half the weights, biases of their own (Vincent et al. 2010)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.traits import Layer


class TiedLinear(Layer):
    """The transpose of a linear layer: (B, its outputs) to (B, its inputs). The bias begins at 0."""

    stacks = True

    def __init__(self, layer: nn.Linear, bias: bool) -> None:
        super().__init__()
        self.partner = (layer,)  # in a tuple, so that the weight is the encoder's alone: one parameter, one name
        self.out_features = layer.in_features
        self.bias = nn.Parameter(torch.zeros(layer.in_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.partner[0].weight.mT, self.bias)


class TiedConv(Layer):
    """The transpose of a strided convolution: (B, its output channels, h, w) to (B, its input channels, H, W).

    `padding` (rows, columns) of the output settles which of the sizes with this h, w is meant.
    """

    def __init__(self, layer: nn.Conv2d, padding: tuple[int, int], bias: bool) -> None:
        super().__init__()
        self.partner, self.padding = (layer,), padding
        self.bias = nn.Parameter(torch.zeros(layer.in_channels)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        (layer,) = self.partner
        assert not isinstance(layer.padding, str)
        return F.conv_transpose2d(x, layer.weight, self.bias, layer.stride, layer.padding, self.padding)
