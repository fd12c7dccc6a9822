"""Convolutions of stacked members against torch's own of each member, with their derivatives."""

from functools import partial

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from narrows.fleet.gpu import conv_functions
from narrows.fleet.gpu.stacked_conv import StackedConv

CONVOLUTIONS = [partial(F.conv2d, stride=2, padding=1), partial(F.conv_transpose2d, stride=2, output_padding=1)]


@st.composite
def convolutions(draw: st.DrawFn) -> tuple:
    """A convolution, transposed or not, its input (M, B, channels, height, width), weights and perhaps biases."""
    pair = partial(st.tuples, *[st.integers(1, 3)] * 2)
    kernel, stride, padding = draw(st.tuples(*[st.integers(1, 5)] * 2)), draw(pair()), draw(st.sampled_from([0, 1, 2]))
    size, transposed = draw(st.tuples(*[st.integers(1, 9)] * 2)), draw(st.booleans())
    members, images, channels, outputs = draw(st.tuples(*[st.integers(1, 3)] * 4))
    settings = {"stride": stride, "padding": padding}
    if transposed:
        settings["output_padding"] = tuple(draw(st.integers(0, step - 1)) for step in stride)
        made = [(n - 1) * s - 2 * padding + k for n, k, s in zip(size, kernel, stride, strict=True)]
        assume(min(made) > 0)
    else:
        assume(all(n + 2 * padding >= k for n, k in zip(size, kernel, strict=True)))
    between = (channels, outputs) if transposed else (outputs, channels)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 9)))
    operands = [
        torch.randn(shape, dtype=torch.float64, generator=generator).requires_grad_()
        for shape in ((members, images, channels, *size), (members, *between, *kernel), (members, outputs))
    ]
    function = F.conv_transpose2d if transposed else F.conv2d
    return partial(function, **settings), operands if draw(st.booleans()) else operands[:2]


def stacked(function: partial, *operands: Tensor, rectified: bool = False) -> Tensor:
    with StackedConv(rectified):
        return vmap(function)(*operands)


def each(function: partial, *operands: Tensor, rectified: bool = False) -> Tensor:
    output = torch.stack([function(*of_member) for of_member in zip(*operands, strict=True)])
    return F.relu(output) if rectified else output


def close(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-12, atol=1e-10)


@settings(max_examples=60)
@given(convolution=convolutions(), rectified=st.booleans())
def test_outputs_and_gradients_are_those_of_torch_for_each_member(convolution, rectified):
    function, operands = convolution
    output, expected = (form(function, *operands, rectified=rectified) for form in (stacked, each))
    assert close(output, expected)
    assert output.is_contiguous()  # else `batch_norm` fails inside of vmap on a GPU
    change = torch.randn_like(expected)
    gradients, others = (torch.autograd.grad(value, operands, change) for value in (output, expected))
    assert all(map(close, gradients, others))


@settings(max_examples=30)
@given(convolution=convolutions(), rectified=st.booleans())
def test_second_derivatives_are_those_of_finite_differences(convolution, rectified):
    function, operands = convolution
    operands = [operand.detach()[:1].requires_grad_() for operand in operands]
    assert torch.autograd.gradgradcheck(partial(stacked, function, rectified=rectified), operands)


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("function", CONVOLUTIONS)
def test_a_jacobian_inside_of_vmap_and_its_gradient_are_those_of_torch(function, rectified):
    """As the contractive term's and the decoder's gradient penalty: reverse mode in reverse mode, twice."""
    x, weight = (torch.randn(2, 3, 3, 5, 5, dtype=torch.float64).requires_grad_() for _ in range(2))

    def rectifying(convolution: partial, x: Tensor) -> Tensor:
        output = convolution(x)
        return F.relu(output) if rectified else output  # again, where the convolution has done so: no change

    def penalty(x: Tensor, weight: Tensor) -> Tensor:
        activated = partial(function, weight=weight)
        output, pull_back, *_ = torch.func.vjp(lambda x: rectifying(activated, x).tanh(), x)
        change, *_ = pull_back(torch.ones_like(output))
        _, push_forward, *_ = torch.func.vjp(lambda change: pull_back(change)[0], torch.zeros_like(output))
        return change.square().sum() + push_forward(x)[0].square().sum()

    own, others = stacked(penalty, x, weight, rectified=rectified), each(penalty, x, weight)
    assert close(own, others)
    gradients, expected = (torch.autograd.grad(value.sum(), (x, weight)) for value in (own, others))
    assert all(map(close, gradients, expected))


@pytest.mark.parametrize("function", CONVOLUTIONS)
def test_what_all_members_share_need_not_be_stacked(function):
    x, weight = torch.randn(2, 3, 3, 5, 5, dtype=torch.float64)[:, 0], torch.randn(3, 3, 3, 3, dtype=torch.float64)
    with StackedConv():
        output = vmap(function, (None, 0))(x, weight.expand(2, 3, 3, 3, 3))
        assert close(output, vmap(function, (0, None))(x.expand(2, *x.shape), weight))
    assert close(output, function(x, weight).expand(2, -1, -1, -1, -1))


def counted(monkeypatch: pytest.MonkeyPatch) -> list:
    """A list that grows with each product."""
    calls: list[int] = []
    choose = conv_functions.products
    monkeypatch.setattr(conv_functions, "products", lambda operand: calls.append(1) or choose(operand))
    return calls


@pytest.mark.parametrize("function", [F.conv2d, F.conv_transpose2d])
@pytest.mark.parametrize("settings", [{"groups": 3}, {"dilation": 2}, {"padding": "same"}])
@pytest.mark.parametrize("rectified", [False, True])
def test_dilated_and_grouped_convolutions_remain_torchs(function, settings, rectified, monkeypatch):
    calls = counted(monkeypatch)
    if "padding" in settings and function is F.conv_transpose2d:
        pytest.skip("torch has no such padding of transposed convolutions")
    x, weight = torch.randn(2, 4, 3, 7, 7), torch.randn(2, 3, 3 // settings.get("groups", 1), 3, 3)
    function = partial(function, **settings)
    output, expected = (form(function, x, weight, rectified=rectified) for form in (stacked, each))
    assert torch.allclose(output, expected, atol=1e-5)
    assert not calls


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize("function", CONVOLUTIONS)
def test_in_mixed_precision_products_are_of_bfloat16(function, rectified, monkeypatch):
    calls = counted(monkeypatch)
    x, weight = (torch.randn(2, 3, 3, 5, 5).requires_grad_() for _ in range(2))
    bias = torch.randn(2, 3).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        output = stacked(function, x, weight, bias, rectified=rectified)
    assert output.dtype == torch.bfloat16 and calls
    exact = each(function, x, weight, bias, rectified=rectified)
    gradients = torch.autograd.grad(output.float().square().sum(), (x, weight, bias))
    expected = torch.autograd.grad(exact.square().sum(), (x, weight, bias))
    for own, other in zip((output.float(), *gradients), (exact, *expected), strict=True):
        assert own.dtype == torch.float32 and torch.allclose(own, other, atol=0.02 * float(other.detach().abs().max()))


def test_the_gradient_of_relu_is_torchs_at_0_and_where_numbers_are_not_finite():
    numbers = torch.tensor([-1.0, -0.0, 0.0, 1.0, torch.inf, -torch.inf, torch.nan], dtype=torch.float64)
    maps, one = numbers.view(1, 1, 1, 1, -1).requires_grad_(), torch.ones(1, 1, 1, 1, 1, dtype=torch.float64)
    output, expected = (form(F.conv2d, maps, one, rectified=True) for form in (stacked, each))
    assert torch.equal(output.isnan(), expected.isnan()) and torch.equal(output.nan_to_num(), expected.nan_to_num())
    gradient, other = (torch.autograd.grad(value.sum(), maps)[0] for value in (output, expected))
    assert torch.equal(gradient, other)
