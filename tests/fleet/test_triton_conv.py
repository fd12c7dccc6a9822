"""Triton's kernels for stacked convolutions against their plain twins, by Triton's interpreter."""

import os
import subprocess
import sys
from functools import partial

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from narrows.fleet.gpu import conv_products
from narrows.fleet.gpu.conv_products import Geometry
from support.configs import REPOSITORY

pytest.importorskip("triton")  # in the torch of Linux with a GPU


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    pair = partial(draw, st.tuples(st.integers(1, 3), st.integers(1, 3)))
    kernel, padding = (
        draw(st.tuples(st.integers(low, high), st.integers(low, high))) for low, high in ((1, 5), (0, 3))
    )
    geometry = Geometry(kernel, pair(), padding, draw(st.tuples(st.integers(1, 12), st.integers(1, 12))))
    assume(min(geometry.small) > 0)
    return geometry


@settings(max_examples=40)
@given(
    geometry=geometries(),
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 9), *[st.integers(1, 20) | st.sampled_from([16, 32])] * 2),
    biased=st.booleans(),
    few=st.sampled_from([0, 512]),
    rectified=st.booleans(),
)
def test_the_kernels_products_are_those_of_their_twins(geometry, sizes, biased, few, rectified):
    """On tensor cores (`few` = 0) and, where multiplications are few, outside of them."""
    from narrows.fleet.gpu import triton_conv

    members, images, channels, outputs = sizes
    large = torch.randn(members, images, channels, *geometry.large)
    small = torch.randn(members, images, outputs, *geometry.small)
    weight = torch.randn(members, outputs, channels, *geometry.kernel)
    bias = {count: torch.randn(members, count) if biased else None for count in (channels, outputs)}
    for name, *arguments in (
        ("convolution", large, weight, bias[outputs], geometry, rectified),
        ("transposed", small, weight, bias[channels], geometry, rectified),
        ("weight_gradient", large, small, geometry),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(triton_conv, "FEW", few)
            kernel = getattr(triton_conv, name)(*arguments)
        twin = getattr(conv_products, name)(*arguments)
        assert kernel.shape == twin.shape
        assert torch.allclose(kernel, twin, atol=1e-5 * float(twin.abs().max())), name


def test_pixels_that_are_split_among_programs_are_all_added(monkeypatch):
    from narrows.fleet.gpu import triton_conv

    geometry = Geometry((3, 3), (2, 2), (1, 1), (14, 14))
    large, small = torch.randn(1, 30, 2, 14, 14), torch.randn(1, 30, 3, 7, 7)
    expected = conv_products.weight_gradient(large, small, geometry)
    for programs in (1, 2, 5, 1000):
        monkeypatch.setattr(triton_conv, "PROGRAMS", programs)
        gradient = triton_conv.weight_gradient(large, small, geometry)
        assert torch.allclose(gradient, expected, atol=1e-5 * float(expected.abs().max()))


@settings(max_examples=20)
@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 20), st.integers(1, 9), st.integers(1, 9)),
    programs=st.sampled_from([1, 8, 2048]),
    dtype=st.sampled_from([torch.float32, torch.bfloat16]),
)
def test_the_gradient_of_relu_is_that_of_its_twin_and_of_torch(sizes, programs, dtype):
    """Images are split among programs where members are few."""
    from narrows.fleet.gpu import triton_conv

    maps, gradient = torch.randn(2, *sizes).to(dtype)
    maps.flatten()[::3] = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triton_conv, "PROGRAMS", programs)
        before, of_bias = triton_conv.relu_backward(gradient, maps.relu())
    twin, of_bias_twin = conv_products.relu_backward(gradient, maps.relu())
    expected, *_ = torch.autograd.grad(maps.requires_grad_().relu(), maps, gradient)
    assert torch.equal(before, expected) and torch.equal(twin, expected)
    assert of_bias.dtype == dtype
    assert torch.allclose(
        of_bias.float(), of_bias_twin.float(), rtol=0.01 if dtype == torch.bfloat16 else 1e-5, atol=1e-4
    )


def test_numbers_that_are_not_finite_pass_as_through_torchs_relu():
    from narrows.fleet.gpu import triton_conv

    maps = torch.tensor([[-torch.inf, -1.0], [torch.nan, 2.0]]).view(1, 1, 1, 2, 2)
    one, geometry = torch.ones(1, 1, 1, 1, 1), Geometry((1, 1), (1, 1), (0, 0), (2, 2))
    output = triton_conv.convolution(maps, one, None, geometry, rectified=True)
    assert output[0, 0, 0, 1, 0].isnan() and output.nan_to_num(7).flatten().tolist() == [0, 0, 7, 2]
    gradient, of_bias = triton_conv.relu_backward(torch.ones_like(output), output)
    assert gradient.flatten().tolist() == [0, 0, 1, 1] and of_bias.tolist() == [[2]]


def test_maps_that_32_bits_cannot_count_are_refused():
    from narrows.fleet.gpu import triton_conv

    geometry = Geometry((1, 1), (1, 1), (0, 0), (2**15, 2**15))
    maps, weight = torch.empty(1, 2, 1, 2**15, 2**15, device="meta"), torch.empty(1, 1, 1, 1, 1, device="meta")
    with pytest.raises(ValueError, match="are too large; choose smaller batches"):
        triton_conv.convolution(maps, weight, None, geometry)


@pytest.mark.slow
def test_compiled_for_a_gpu_they_multiply_by_tensor_cores_and_spill_no_registers():
    """A minute of compilation: the products of the default convolutions, in TF32 and in three products of TF32.

    Those of one channel are few, for which tensor cores do not pay, but for gradients of weights. The backward pass of
    ReLUs reads 16 bytes at a time.
    """
    script = REPOSITORY / "tests" / "support" / "compile_convolutions.py"
    environment = os.environ | {"TRITON_INTERPRET": "0", "PYTHONPATH": str(REPOSITORY / "src")}
    compiled = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    lines = [line.split() for line in compiled.stdout.splitlines()]
    assert len(lines) == 14
    few = {"convolution-1-16": "fma", "transposed-1-16": "fma", "relu_backward-16": "v4", "relu_backward-32": "v4"}
    for name, _, _, spilled, _, instruction in (line[:6] for line in lines):
        assert spilled == "0"
        assert few.get(name, "mma") in instruction
