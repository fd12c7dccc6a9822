"""Compiles the kernels of `narrows.fleet.gpu.triton_conv` for an H100, on any machine, and prints what each needs.

A line for each product of the default convolutions: its name, precision, registers of a thread, bytes of them that are
spilled to memory, bytes of shared memory, and the instructions that multiply matrices.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.backends.nvidia.compiler import get_ptxas
from triton.compiler import ASTSource

from narrows.fleet.gpu.triton_conv import LEAST, SUMMED, TILE, _multiply, _multiply_transposed

FORWARD = {"window": 3, "step": 2, "up": 1, "wide": 32, "deep": LEAST, "size": TILE // 32, "biased": True}
TRANSPOSED = {"window": 2, "step": 1, "up": 2, "wide": 64, "deep": LEAST, "size": TILE // 64, "biased": True}
GRADIENT = {"window": 3, "step": 2, "wide": 32, "deep": 64, "size": SUMMED}
PRODUCTS = {"forward": (_multiply, FORWARD, 3), "transposed": (_multiply, TRANSPOSED, 3)}
PRODUCTS |= {"gradient": (_multiply_transposed, GRADIENT, 2)}
TENSORS = ("maps", "weight", "bias", "gradients", "made")


def compiled(kernel: Any, constants: dict[str, Any], precision: str, stages: int) -> Any:
    for name in ("window", "step", "up"):
        constants |= {f"{name}_{axis}": constants[name] for axis in ("rows", "columns") if name in constants}
    constants = {name: constants[name] for name in kernel.arg_names if name in constants} | {"precision": precision}
    kinds = {name: "constexpr" if name in constants else "i32" for name in kernel.arg_names}
    kinds |= {name: "*fp32" for name in kernel.arg_names if name in TENSORS}
    aligned = {(i,): [["tt.divisibility", 16]] for i, name in enumerate(kernel.arg_names) if name in TENSORS}
    source = ASTSource(kernel, kinds, constants, aligned)
    return triton.compile(source, target=GPUTarget("cuda", 90, 32), options={"num_stages": stages})


def needs(kernel: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(kernel.asm["ptx"])
        ptxas = [get_ptxas(90).path, "-v", "--gpu-name=sm_90a", str(path), "-o", str(path.with_suffix(".cubin"))]
        printed = subprocess.run(ptxas, capture_output=True, text=True, check=True).stderr
    registers = re.findall(r"Used (\d+) registers", printed)
    spilled = re.findall(r"(\d+) bytes spill stores", printed)
    products = sorted(set(re.findall(r"(?:w?mma|wgmma)[\w.:]*", kernel.asm["ptx"])))
    return f"{registers[0]} {spilled[0]} {kernel.metadata.shared} {' '.join(products)}"


for precision in ("tf32", "tf32x3"):
    for name, (kernel, constants, stages) in PRODUCTS.items():
        print(name, precision, needs(compiled(kernel, dict(constants), precision, stages)), flush=True)
