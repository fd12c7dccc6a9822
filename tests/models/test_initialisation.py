from itertools import pairwise
from math import sqrt

import pytest
import torch
from scipy.stats import kstest
from torch import nn

from narrows.models.activations import ACTIVATIONS, activation
from narrows.models.initialisation import gain, initialise
from narrows.models.mlp import mlp
from narrows.seeds import generator

FAN_IN, FAN_OUT = 400, 300
SCHEMES = ["default", "xavier", "kaiming", "orthogonal", "sparse", "column_norm"]


def layer(scheme: str, feeding: str = "relu", seed: int = 0) -> nn.Linear:
    linear = nn.Linear(FAN_IN, FAN_OUT)
    initialise(linear, scheme, feeding, generator(seed, "weights"))
    return linear


def weights(scheme: str, feeding: str = "relu") -> torch.Tensor:
    return layer(scheme, feeding).weight.detach().flatten()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gain_keeps_the_second_moment(name):
    z = torch.randn(1_000_000, generator=generator(0, name), dtype=torch.float64)
    squares = (gain(name) * activation(name)(z)).square()
    error = float(squares.std()) / 1000  # of the mean of a million
    assert abs(float(squares.mean()) - 1) < 5 * error + 1e-12


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_with_its_gain_a_signal_passes_ten_layers(name):
    network = mlp([1000] * 11, name, init="kaiming", generator=generator(0, "weights"))
    with torch.no_grad():
        output = network(torch.randn(500, 1000, generator=generator(0, "input")))
    assert 0.5 < float(output.square().mean()) < 2  # without gains, relu's is 0.5 ** 9


@pytest.mark.parametrize(("name", "value"), [("relu", sqrt(2)), ("identity", 1), ("selu", 1), ("tanh", 1.5925)])
def test_gain_of_those_known_in_closed_form(name, value):
    assert gain(name) == pytest.approx(value, rel=1e-2 if name == "relu" else 1e-3)


def test_default_is_drawn_as_pytorch_does():
    bound = 1 / sqrt(FAN_IN)
    linear = layer("default")
    for parameter in (linear.weight, linear.bias):
        values = parameter.detach().flatten()
        assert values.abs().max() <= bound
        assert kstest(values.numpy(), "uniform", (-bound, 2 * bound)).pvalue > 1e-3


def test_xavier_is_uniform_with_its_variance():
    bound = gain("relu") * sqrt(6 / (FAN_IN + FAN_OUT))  # variance gain² · 2 / (fan_in + fan_out)
    assert kstest(weights("xavier").numpy(), "uniform", (-bound, 2 * bound)).pvalue > 1e-3


def test_kaiming_is_normal_with_its_variance():
    assert kstest(weights("kaiming").numpy(), "norm", (0, gain("relu") / sqrt(FAN_IN))).pvalue > 1e-3


def test_orthogonal_rows_are_orthogonal_and_as_long_as_the_gain():
    weight = layer("orthogonal").weight.detach().double()
    torch.testing.assert_close(weight @ weight.T, gain("relu") ** 2 * torch.eye(FAN_OUT).double(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("scheme", ["xavier", "kaiming", "orthogonal", "sparse"])
def test_gain_scales_the_weights_and_biases_begin_at_0(scheme):
    torch.testing.assert_close(weights(scheme, "tanh"), weights(scheme, "identity") * gain("tanh") / gain("identity"))
    assert not layer(scheme).bias.any()


def test_a_sparse_unit_has_fifteen_links_with_the_second_moment_of_all():
    linear = layer("sparse")
    assert (linear.weight != 0).sum(1).tolist() == [15] * FAN_OUT
    links = linear.weight.detach()[linear.weight.detach() != 0]
    assert kstest(links.numpy(), "norm", (0, gain("relu") / sqrt(15))).pvalue > 1e-3
    small = nn.Linear(4, 3)
    initialise(small, "sparse", "relu")
    assert (small.weight != 0).all()  # there are only four to link to


def test_a_units_weights_have_length_1_under_column_norm_whatever_feeds_it():
    linear = layer("column_norm", feeding="tanh")
    torch.testing.assert_close(linear.weight.detach().norm(dim=1), torch.ones(FAN_OUT))
    assert not linear.bias.any()


@pytest.mark.parametrize("scheme", ["xavier", "kaiming", "orthogonal", "sparse"])
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_a_convolution_keeps_the_second_moment_too(kind, scheme):
    """Of inputs without edges; xavier's variance is of fan-in and fan-out together, so only its order is right."""
    conv = kind(64, 64, 5, stride=2, padding=2)
    initialise(conv, scheme, "identity", generator(0, "weights"))
    x = torch.randn(8, 64, 40, 40, generator=generator(0, "input"))
    inside = conv(x).detach()[:, :, 5:-5, 5:-5]
    assert 0.8 < float(inside.square().mean()) < (2.1 if scheme == "xavier" else 1.25)


def test_a_convolutions_default_is_pytorchs():
    for kind in (nn.Conv2d, nn.ConvTranspose2d):
        ours, theirs = kind(32, 8, 5), kind(32, 8, 5)
        initialise(ours, "default", "relu", generator(0, "weights"))
        for one, other in ((ours.weight, theirs.weight), (ours.bias, theirs.bias)):
            assert float(one.detach().abs().max()) == pytest.approx(float(other.detach().abs().max()), rel=0.3)
        assert float(ours.weight.detach().std()) == pytest.approx(float(theirs.weight.detach().std()), rel=0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_come_from_the_generator_alone(scheme):
    torch.manual_seed(1)
    one = layer(scheme)
    torch.manual_seed(2)
    assert torch.equal(one.weight, layer(scheme).weight)
    assert torch.equal(one.bias, layer(scheme).bias)
    assert not torch.equal(one.weight, layer(scheme, seed=1).weight)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_layers_of_one_network_differ(scheme):
    network = mlp([20, 20, 20, 20], init=scheme, generator=generator(0, "weights"))
    linears = [module.weight for module in network if isinstance(module, nn.Linear)]
    assert not any(torch.equal(one, other) for one, other in pairwise(linears))


def test_the_first_layer_is_fed_by_images_and_not_by_an_activation():
    first, second = (m for m in mlp([1000, 1000, 1000], "relu", init="kaiming") if isinstance(m, nn.Linear))
    assert float(second.weight.detach().std() / first.weight.detach().std()) == pytest.approx(gain("relu"), rel=0.01)


def test_an_unknown_scheme_is_no_silent_default():
    with pytest.raises(KeyError):
        layer("kaimingg")
