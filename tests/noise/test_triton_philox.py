"""Triton's kernel against its plain twin: equal bits by Triton's interpreter; what the compiled kernel computes."""

import os
import re
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.noise import philox
from narrows.noise.philox import Layout
from support.configs import REPOSITORY

pytest.importorskip("triton")  # in the torch of Linux with a GPU
ANY = st.integers(-(2**63), 2**63 - 1)


def bits(numbers: torch.Tensor) -> torch.Tensor:
    return numbers.contiguous().view(torch.int32)


@settings(max_examples=40)
@given(
    normal=st.booleans(),
    runs=st.lists(st.tuples(ANY, ANY, st.integers(1, 9)), min_size=1, max_size=4),
    request=st.integers(0, 2**31 - 1),
    rows=st.integers(1, 300),
    more=st.one_of(st.none(), st.integers(0, 5)),
)
def test_numbers_of_the_kernel_are_those_of_its_twin_bit_for_bit(normal, runs, request, rows, more):
    from narrows.noise import triton_philox

    keys, steps, widths = (torch.tensor(column) for column in zip(*runs, strict=True))
    layout = Layout(1, rows) if more is None else Layout(rows, int(widths.max()) + more, widths)
    kernel, twin = (module.numbers(normal, keys, steps, request, layout) for module in (triton_philox, philox))
    assert torch.equal(bits(kernel), bits(twin))


def test_compiled_for_a_gpu_it_computes_with_single_operations_of_float32_only():
    """A fused multiply-add, an approximate root or a flushed number would give other bits than torch's operations."""
    script = REPOSITORY / "tests" / "support" / "compile_noise.py"
    environment = os.environ | {"TRITON_INTERPRET": "0", "PYTHONPATH": str(REPOSITORY / "src")}
    compiled = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    operations = set(re.findall(r"\b\w+(?:\.\w+)*\.f32\b", compiled.stdout))
    arithmetic = {name for name in operations if name.split(".")[0] not in ("mov", "selp", "neg", "setp", "cvt")}
    assert arithmetic == {"add.rn.f32", "sub.rn.f32", "mul.rn.f32", "sqrt.rn.f32"}
    assert "st.global.v4" in compiled.stdout  # each thread stores its block of four numbers at once
