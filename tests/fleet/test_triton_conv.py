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
)
def test_the_kernels_products_are_those_of_their_twins(geometry, sizes, biased, few):
    """On tensor cores (`few` = 0) and, where multiplications are few, outside of them."""
    from narrows.fleet.gpu import triton_conv

    members, images, channels, outputs = sizes
    large = torch.randn(members, images, channels, *geometry.large)
    small = torch.randn(members, images, outputs, *geometry.small)
    weight = torch.randn(members, outputs, channels, *geometry.kernel)
    bias = {count: torch.randn(members, count) if biased else None for count in (channels, outputs)}
    for name, *arguments in (
        ("convolution", large, weight, bias[outputs]),
        ("transposed", small, weight, bias[channels]),
        ("weight_gradient", large, small),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(triton_conv, "FEW", few)
            kernel = getattr(triton_conv, name)(*arguments, geometry)
        twin = getattr(conv_products, name)(*arguments, geometry)
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


def test_maps_that_32_bits_cannot_count_are_refused():
    from narrows.fleet.gpu import triton_conv

    geometry = Geometry((1, 1), (1, 1), (0, 0), (2**15, 2**15))
    maps, weight = torch.empty(1, 2, 1, 2**15, 2**15, device="meta"), torch.empty(1, 1, 1, 1, 1, device="meta")
    with pytest.raises(ValueError, match="are too large; choose smaller batches"):
        triton_conv.convolution(maps, weight, None, geometry)


@pytest.mark.slow
def test_compiled_for_a_gpu_they_multiply_by_tensor_cores_and_spill_no_registers():
    """A minute of compilation: the products of the default convolutions, in TF32 and in three products of TF32.

    Those of one channel are few, for which tensor cores do not pay, but for gradients of weights.
    """
    script = REPOSITORY / "tests" / "support" / "compile_convolutions.py"
    environment = os.environ | {"TRITON_INTERPRET": "0", "PYTHONPATH": str(REPOSITORY / "src")}
    compiled = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    lines = [line.split() for line in compiled.stdout.splitlines()]
    assert len(lines) == 12
    for name, _, _, spilled, _, instruction in (line[:6] for line in lines):
        assert spilled == "0"
        assert ("fma" if name in ("convolution-1-16", "transposed-1-16") else "mma") in instruction
