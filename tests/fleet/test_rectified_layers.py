"""Convolutions that compute the ReLU after them against the same layers one by one."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from narrows.fleet.gpu import conv_functions
from narrows.fleet.gpu.rectified_layers import RectifiedLayers, rectify
from narrows.fleet.gpu.stacked_conv import StackedConv
from narrows.models.layers import Activation, Layers
from narrows.models.residual import Residual
from narrows.models.tied import TiedConv
from support.kinds import members
from support.parity import stacked

DOWN = nn.Conv2d(2, 3, 3, stride=2, padding=1)
UP = nn.ConvTranspose2d(3, 2, 3, stride=2, padding=1, output_padding=1)
SAME = nn.Conv2d(2, 2, 3, padding=1)
RELU = Activation("relu")

#: Layers, and how many of their convolutions a ReLU follows.
NETWORKS = {
    "convolutions": (Layers(DOWN, RELU, UP, RELU, SAME), 2),
    "tied": (Layers(DOWN, RELU, TiedConv(DOWN, (1, 1), True), Activation("relu")), 2),
    "a residual block, whose input is also added": (
        Layers(SAME, Residual(Layers(RELU, deepcopy(SAME), RELU, deepcopy(SAME)))),
        1,
    ),
    "other activations": (Layers(DOWN, Activation("elu"), UP, Activation("identity")), 0),
    "a norm between": (Layers(DOWN, nn.GroupNorm(1, 3), RELU, UP), 0),
    "a ReLU first": (Layers(RELU, DOWN), 0),
    "two ReLUs": (Layers(DOWN, RELU, Activation("relu")), 1),
}


def output(network: nn.Module, x: Tensor, weights: dict[str, Tensor]) -> Tensor:
    with StackedConv():
        return vmap(lambda weights, x: functional_call(network, weights, x, tie_weights=False))(weights, x)


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_gradients_and_names_of_weights_are_the_same(name, monkeypatch):
    layers, count = NETWORKS[name]
    network = nn.Sequential(deepcopy(layers)).double()
    x = torch.randn(3, 4, 2, 6, 6, dtype=torch.float64)
    weights = {name: torch.randn(3, *value.shape).to(x).requires_grad_() for name, value in network.named_parameters()}
    expected = output(network, x, weights)
    gradients = torch.autograd.grad(expected.square().sum(), list(weights.values()))

    rectify(network)
    rectified: list[int] = []
    apply = conv_functions._ReluBackward.apply
    monkeypatch.setattr(conv_functions._ReluBackward, "apply", lambda *args: rectified.append(1) or apply(*args))
    assert [name for name, _ in network.named_parameters()] == list(weights)
    assert torch.equal(output(network, x, weights), expected)
    others = torch.autograd.grad(output(network, x, weights).square().sum(), list(weights.values()))
    assert all(torch.allclose(other, own, rtol=1e-12) for other, own in zip(others, gradients, strict=True))
    assert len(rectified) == count


@pytest.mark.parametrize("tied", [False, True])
def test_a_fleet_computes_convolutions_so(tied):
    """Two convolutions of the encoder and one of the decoder, whose other ReLU follows a linear layer."""
    network = stacked(members("model=conv", f"model.tied={tied}", count=2)).engine.passes.losses.autoencoder
    assert sum(len(layers.relus) for layers in network.modules() if isinstance(layers, RectifiedLayers)) == 3
