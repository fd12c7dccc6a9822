"""Compiles the kernels of `narrows.objective.triton_errors` for an H100, on any machine; prints their instructions."""

import itertools

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from narrows.objective.triton_errors import _gradient, _mean

ARRAYS = ("logits", "images", "errors", "of_errors", "gradients")
NUMBERS = ("batch", "of_member", "of_image", "pixels")

for kernel, squared in itertools.product((_mean, _gradient), (True, False)):
    constants = {"block": 1024, "squared": squared}
    types = dict.fromkeys(ARRAYS, "*fp32") | dict.fromkeys(NUMBERS, "i32") | dict.fromkeys(constants, "constexpr")
    source = ASTSource(kernel, {name: types[name] for name in kernel.arg_names}, constants)
    print(triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["ptx"])
