"""A decoder with unit columns, and an input without the decoder's bias."""

import torch
from torch.nn import functional as F

from narrows.build import build
from narrows.models.autoencoder import Autoencoder
from narrows.models.dictionary_layers import UnitColumns
from narrows.seeds import generator
from support.configs import tiny

SHAPE = (1, 1, 6)


def linear(*overrides: str) -> Autoencoder:
    config = tiny("model=linear", "model.bottleneck=4", *overrides)
    return build(config.model, config.code, SHAPE, generator(0, "weights")).double()


def samples() -> torch.Tensor:
    return torch.randn(5, *SHAPE, generator=generator(0, "samples"), dtype=torch.float64)


def test_each_number_is_decoded_by_a_vector_of_length_1():
    autoencoder = linear("model.unit_norm=true")
    with torch.no_grad():
        autoencoder.decoder[0].weight.mul_(7)
    columns = autoencoder.decode(torch.eye(4).double()) - autoencoder.decode(torch.zeros(4, 4).double())
    torch.testing.assert_close(columns.flatten(1).norm(dim=1), torch.ones(4).double())


def test_the_gradient_of_a_column_has_no_part_along_it():
    autoencoder = linear("model.unit_norm=true")
    autoencoder.decoder[0].weight.data.mul_(3)
    autoencoder.reconstruct(samples()).sub(samples()).square().sum().backward()
    weight = autoencoder.decoder[0].weight
    assert weight.grad.norm() > 0.1
    torch.testing.assert_close((weight * weight.grad).sum(0), torch.zeros(4).double())


def test_it_is_the_other_gradient_without_this_part():
    """Of columns of length 1, as Bricken et al. 2023 have them: g − ŵ (ŵ·g)."""
    unit, plain = linear("model.unit_norm=true"), linear()
    weight = F.normalize(plain.decoder[0].weight.data, dim=0)
    for autoencoder in (unit, plain):
        autoencoder.decoder[0].weight.data.copy_(weight)
        autoencoder.reconstruct(samples()).square().sum().backward()
    gradient = plain.decoder[0].weight.grad
    expected = gradient - weight * (weight * gradient).sum(0)
    torch.testing.assert_close(unit.decoder[0].weight.grad, expected)


def test_gradients_of_unit_columns_are_right():
    layer = UnitColumns(3, 5).double()
    codes = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, weight: torch.func.functional_call(layer, {"weight": weight}, x),
        (codes, layer.weight.detach().requires_grad_()),
    )


def test_a_column_of_zeros_stays_one():
    layer = UnitColumns(2, 3)
    with torch.no_grad():
        layer.weight[:, 0] = 0
    codes = torch.tensor([[0.0, 1.0]])
    layer(codes).sum().backward()
    assert layer.weight.grad[:, 0].tolist() == [0, 0, 0]


def test_the_decoders_bias_is_subtracted_from_the_input():
    centred, plain = linear("model.centred=true"), linear()
    with torch.no_grad():
        bias = torch.linspace(-1, 1, 6).double()
        centred.decoder[0].bias.copy_(bias)
    torch.testing.assert_close(centred.encode(samples()), plain.encode(samples() - bias))
    assert {name for name, _ in centred.named_parameters()} == {
        "encoder.1.weight", "encoder.1.bias", "decoder.0.weight", "decoder.0.bias"
    }  # fmt: skip


def test_the_bias_learns_in_both_places():
    autoencoder = linear("model.centred=true")
    autoencoder.encode(samples()).sum().backward()
    expected = -5 * autoencoder.encoder[1].weight.sum(0)
    torch.testing.assert_close(autoencoder.decoder[0].bias.grad, expected)


def test_a_tied_decoder_has_a_bias_to_subtract():
    autoencoder = linear("model.centred=true", "model.tied=true")
    with torch.no_grad():
        autoencoder.decoder[0].bias.fill_(2.0)
    torch.testing.assert_close(autoencoder.encode(samples() + 2), linear("model.tied=true").encode(samples()))
