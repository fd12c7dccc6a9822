"""Gated linear layers against their formula, and what follows from it."""

import pytest
import torch
from torch import nn

from narrows.models.gated_linear import GatedLinear
from narrows.models.layers import Activation
from narrows.models.mlp import mlp
from narrows.seeds import generator


def test_a_hand_computed_case():
    """(3 · 2 + 1) · σ(0.5 · 2 - 1) = 7 · 0.5."""
    layer = GatedLinear(1, 1)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), (3.0, 1.0, 0.5, -1.0), strict=True):
            parameter.fill_(value)
    assert layer(torch.tensor([[2.0]])).item() == pytest.approx(3.5)


def test_it_is_the_gated_linear_unit_of_one_layer_with_both_halves():
    layer, x = GatedLinear(5, 3), torch.rand(7, 5)
    both = nn.Linear(5, 6)
    both.load_state_dict(
        {name: torch.cat([layer.state_dict()[name], value]) for name, value in layer.gate.state_dict().items()}
    )
    torch.testing.assert_close(layer(x), nn.functional.glu(both(x)))


def test_its_gradient_is_that_of_finite_differences():
    layer = GatedLinear(4, 3, dtype=torch.float64)
    x = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda inputs, *_: layer(inputs), (x, *layer.parameters()))


@pytest.mark.parametrize("value", [-40.0, 40.0])
def test_gates_that_are_closed_or_open(value):
    layer, x = GatedLinear(4, 3), torch.rand(5, 4)
    nn.init.constant_(layer.gate.bias, value)
    expected = nn.functional.linear(x, layer.weight, layer.bias) * (value > 0)
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_hidden_layers_have_gates_and_biases_and_the_last_layer_has_none(norm):
    layers = list(mlp([6, 5, 4, 3], "tanh", norm, gated=True))
    gated = [layer for layer in layers if isinstance(layer, GatedLinear)]
    assert [layer.out_features for layer in gated] == [5, 4] and type(layers[-1]) is nn.Linear
    assert all(layer.bias is not None and layer.gate.bias is not None for layer in gated)
    assert sum(isinstance(layer, Activation) for layer in layers) == 2


@pytest.mark.parametrize("init", ["default", "xavier", "kaiming", "orthogonal", "sparse", "column_norm"])
def test_gates_are_initialised_by_the_scheme_with_numbers_of_their_own(init):
    first, *_ = mlp([64, 64, 2], "identity", init=init, gated=True, generator=generator(0, "weights"))
    assert not torch.equal(first.weight, first.gate.weight)
    assert first.gate.weight.std().item() == pytest.approx(first.weight.std().item(), rel=0.1)
