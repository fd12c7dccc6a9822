"""Convolutions that compute the ReLU of the layer after them, in the pass that writes their maps.

A separate ReLU reads the maps and writes them once more. Its backward pass reads two such maps and writes one, which
another pass then sums for the gradient of the biases. The maps of 256 default members with 128 images each are 1 GB,
and these passes took 1.9 ms of a step of 9.0 on an H200.
"""

from itertools import pairwise

from torch import Tensor, nn

from narrows.fleet.gpu.stacked_conv import StackedConv
from narrows.models.layers import Activation, Layers
from narrows.models.tied import TiedConv
from narrows.seeds import Noise

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, TiedConv)


class RectifiedLayers(Layers):
    """The same layers, to be called inside `vmap` over members: a convolution before a ReLU computes it as well."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.relus = {place for place, (before, layer) in enumerate(pairwise(self), 1) if _rectifies(before, layer)}

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        for place, layer in enumerate(self):
            if place not in self.relus:
                with StackedConv(rectified=place + 1 in self.relus):
                    x = self.output_of(layer, x, noise)
        return x


def _rectifies(layer: nn.Module, following: nn.Module) -> bool:
    return isinstance(layer, CONVOLUTIONS) and isinstance(following, Activation) and following.name == "relu"


def rectify(module: nn.Module) -> None:
    """Replace all `Layers` inside of a module by `RectifiedLayers` of the same layers; parameters keep their names."""
    for name, child in module.named_children():
        rectify(child)
        if isinstance(child, Layers):
            setattr(module, name, RectifiedLayers(*child))
