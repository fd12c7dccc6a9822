"""The normalisations by name. Torch is imported on use: configs are checked against this table without it."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Norm:
    """A normalisation before an activation, with its traits.

    `vectors` and `maps` are torch's layer for (B, units) and for (B, channels, H, W), each with the arguments that
    come before the number of units; empty for no layer. `mixes_images`: in training an image's output depends on the
    others of its batch. `centres`: it subtracts each unit's mean, and so any bias before it.
    """

    vectors: tuple[Any, ...] = ()
    maps: tuple[Any, ...] = ()
    mixes_images: bool = False
    centres: bool = False

    def layers(self, units: int, maps: bool) -> "list[nn.Module]":
        """The layer for so many units, or channels of `maps`; an empty list for no normalisation."""
        layer = self.maps if maps else self.vectors
        return [getattr(importlib.import_module("torch.nn"), layer[0])(*layer[1:], units)] if layer else []


#: batch: Ioffe & Szegedy 2015, its statistics over images and, of maps, over pixels. layer: Ba et al. 2016, of maps
#: over channels and pixels.
NORMS = {
    "none": Norm(),
    "batch": Norm(("BatchNorm1d",), ("BatchNorm2d",), mixes_images=True, centres=True),
    "layer": Norm(("LayerNorm",), ("GroupNorm", 1)),
}
