"""Images that are every combination of known factors, in a fixed order in which the shapes occur in turn."""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.config.factored_sections import DSprites, Sprites
from narrows.data import sprites
from narrows.data.fixed_order import stratified
from narrows.own import dsprites
from narrows.own.request import located


class FactoredImages(NamedTuple):
    """Pixels uint8 (N, 1, side, side), and the values of each image's factors, int64 (N, 5) from 0: `FACTORS`."""

    pixels: Tensor
    factors: Tensor


def generated(data: Sprites) -> FactoredImages:
    """The images of `data=sprites`."""
    return _drawn(data.sizes, data.side)


def from_file(data: DSprites) -> FactoredImages:
    """The images of `data=dsprites`. Raises UserError for a file that is not dSprites'."""
    return _read(data.path, data.side, data.size)


@lru_cache(maxsize=2)  # the runs of a study share their images
def _drawn(sizes: tuple[int, ...], side: int) -> FactoredImages:
    factors = sprites.factors(sizes)
    rows = stratified(factors[:, 0])
    return FactoredImages(torch.from_numpy(sprites.images(sizes, side)[rows]), torch.from_numpy(factors[rows]))


@lru_cache(maxsize=1)
def _read(path: str, side: int, size: int | None) -> FactoredImages:
    factors = dsprites.factors(located(path))
    rows = stratified(factors[:, 0])[:size]
    return FactoredImages(torch.from_numpy(dsprites.images(located(path), rows, side)), torch.from_numpy(factors[rows]))
