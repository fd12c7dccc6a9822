"""Compiles the kernel of `narrows.noise.triton_philox` for an H100, on any machine, and prints its instructions."""

import itertools

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from narrows.noise.triton_philox import BLOCKS, _fill

TENSORS = {"drawn": "*fp32", "keys": "*i64", "steps": "*i64", "widths": "*i64"}
NUMBERS = dict.fromkeys(("request", "rows", "wide", "quads"), "i32")
ALIGNED = {(0,): [["tt.divisibility", 16]]}  # the address of `drawn`, as torch allocates it

for normal, padded in itertools.product((False, True), repeat=2):
    constants = {"normal": normal, "padded": padded, "size": BLOCKS}
    signature = TENSORS | NUMBERS | dict.fromkeys(constants, "constexpr")
    source = ASTSource(_fill, signature, constants, ALIGNED)
    kernel = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"enable_fp_fusion": False})
    print(kernel.asm["ptx"])
