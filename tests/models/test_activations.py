import math

import pytest
import torch

from narrows.models.activations import ACTIVATIONS, activation

#: Written out from the papers, not looked up in torch.
FORMULAS = {
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: max(z, 0.01 * z),
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "selu": lambda z: 1.0507009873554805 * (z if z > 0 else 1.6732632423543772 * math.expm1(z)),
    "gelu": lambda z: z * 0.5 * (1 + math.erf(z / math.sqrt(2))),
    "gelu_tanh": lambda z: z * 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "mish": lambda z: z * math.tanh(math.log1p(math.exp(z))),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log1p(math.exp(z)),
    "sine": math.sin,
    "identity": lambda z: z,
}


def test_all_that_were_promised_are_there():
    assert FORMULAS.keys() <= ACTIVATIONS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_is_its_formula(name):
    z = torch.linspace(-5, 5, 101, dtype=torch.float64)
    expected = torch.tensor([FORMULAS[name](value) for value in z.tolist()], dtype=torch.float64)
    torch.testing.assert_close(activation(name)(z), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_its_gradient_is_right(name):
    z = torch.linspace(-3, 3, 12, dtype=torch.float64).requires_grad_()  # 0, the corner of relu, is not among them
    assert torch.autograd.gradcheck(activation(name), z)


def test_an_unknown_name_is_no_silent_default():
    with pytest.raises(KeyError):
        activation("reluu")
