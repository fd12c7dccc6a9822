"""The traits of each norm, measured on its layers: the table must say what they do."""

import pytest
import torch

from narrows.models.norms import NORMS
from narrows.seeds import generator

UNITS = 6


def through(name: str, maps: bool, x: torch.Tensor) -> torch.Tensor:
    """The output of the norm in training mode."""
    return torch.nn.Sequential(*NORMS[name].layers(UNITS, maps)).double()(x)


def activations(maps: bool) -> torch.Tensor:
    shape = (8, UNITS, 3, 3) if maps else (8, UNITS)
    return torch.randn(shape, generator=generator(0, "activations"), dtype=torch.float64)


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize("name", NORMS)
def test_a_norm_mixes_images_if_it_says_so(name, maps):
    x = activations(maps)
    same = torch.allclose(through(name, maps, x)[:4], through(name, maps, x[:4]))
    assert same is not NORMS[name].mixes_images


@pytest.mark.parametrize("maps", [False, True])
@pytest.mark.parametrize("name", NORMS)
def test_a_norm_removes_a_bias_before_it_if_it_says_so(name, maps):
    x, bias = activations(maps), torch.arange(UNITS).double()
    same = torch.allclose(through(name, maps, x), through(name, maps, (x.movedim(1, -1) + bias).movedim(-1, 1)))
    assert same is NORMS[name].centres
