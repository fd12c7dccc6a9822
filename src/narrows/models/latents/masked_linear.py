"""A linear layer some of whose weights are always 0."""

from math import sqrt

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from narrows.models.traits import Layer
from narrows.seeds import Noise


class MaskedLinear(Layer):
    """(…, B, in) to (…, B, parts · out), in each part with the weights where `mask` (out, in) is 1.

    The mask is a buffer: that of a narrower member of a stack is another one.
    """

    stacks = True
    mask: Tensor

    def __init__(self, mask: Tensor, parts: int = 1) -> None:
        super().__init__()
        outputs, inputs = mask.shape
        self.parts = parts
        self.weight = nn.Parameter(torch.zeros(parts * outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(parts * outputs))
        self.register_buffer("mask", mask)

    def initialise(self, generator: Generator | None) -> None:
        """PyTorch's default for linear layers; without it all weights are 0."""
        bound = 1 / sqrt(self.weight.shape[1])
        for parameter in (self.weight, self.bias):
            nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        return F.linear(x, self.weight * torch.cat([self.mask] * self.parts, -2), self.bias)
