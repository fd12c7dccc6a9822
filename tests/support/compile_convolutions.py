"""Compiles the kernels of `narrows.fleet.gpu.triton_conv` for an H100, on any machine, and prints what each needs.

A line for each product of the default convolutions and for each backward pass of their ReLUs: its name with the
channels, precision, registers of a thread, bytes of them that are spilled to memory, bytes of shared memory, and the
instructions that multiply, or those that read memory.
"""

import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.backends.nvidia.compiler import get_ptxas
from triton.compiler import ASTSource

from narrows.bench.gpu_conv import LAYERS
from narrows.fleet.gpu import triton_conv

TENSORS = ("maps", "weight", "bias", "gradients", "made", "sums")
KERNELS = ("multiply", "multiply_transposed", "relu_gradients")
MULTIPLYING, READING = r"(?:w?mma|wgmma|fma\.rn\.f32)[\w.:]*", r"ld\.global[\w.:]*"


class Compiler:
    """Stands for a kernel: compiles what is launched, with its sizes, and launches nothing."""

    def __init__(self, kernel: Any) -> None:
        self.kernel, self.compiled = kernel, []

    def __getitem__(self, grid: Any) -> Any:
        return self.compile

    def compile(self, *arguments: Any, **options: int) -> None:
        values = dict(zip(self.kernel.arg_names, arguments, strict=True))
        constants = {self.kernel.arg_names[i]: arguments[i] for i in self.kernel.constexprs}
        kinds = {name: "constexpr" if name in constants else "i32" for name in values}
        kinds |= {name: "*fp32" for name in values if name in TENSORS}
        aligned = {(i,): [["tt.divisibility", 16]] for i, name in enumerate(values) if name in TENSORS}
        source = ASTSource(self.kernel, kinds, constants, aligned)
        self.compiled.append(triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options))


def compiled(function: str, *arguments: Any) -> Any:
    """The kernel that the function launches."""
    compilers = {name: Compiler(getattr(triton_conv, name)) for name in KERNELS}
    with mock.patch.multiple(triton_conv, **compilers):
        getattr(triton_conv, function)(*arguments)
    return [kernel for compiler in compilers.values() for kernel in compiler.compiled][-1]


def needs(kernel: Any, instructions: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(kernel.asm["ptx"])
        ptxas = [get_ptxas(90).path, "-v", "--gpu-name=sm_90a", str(path), "-o", str(path.with_suffix(".cubin"))]
        printed = subprocess.run(ptxas, capture_output=True, text=True, check=True).stderr
    registers = re.findall(r"Used (\d+) registers", printed)
    spilled = re.findall(r"(\d+) bytes spill stores", printed)
    used = sorted(set(re.findall(instructions, kernel.asm["ptx"])))
    return f"{registers[0]} {spilled[0]} {kernel.metadata.shared} {' '.join(used)}"


def main() -> None:
    for fast in (True, False):
        torch.backends.cuda.matmul.allow_tf32 = fast
        for (few, many), geometry in LAYERS.items():
            large, small = torch.empty(2, 9, few, *geometry.large), torch.empty(2, 9, many, *geometry.small)
            weight = torch.empty(2, many, few, *geometry.kernel)
            for product, *arguments in (
                ("convolution", large, weight, torch.empty(2, many), geometry, True),
                ("transposed", small, weight, torch.empty(2, few), geometry, True),
                ("weight_gradient", large, small, geometry),
            ):
                needed = needs(compiled(product, *arguments), MULTIPLYING)
                print(f"{product}-{few}-{many}", "tf32" if fast else "tf32x3", needed, flush=True)
    for (_, many), geometry in LAYERS.items():
        small = torch.empty(2, 9, many, *geometry.small)
        needed = needs(compiled("relu_backward", small, small), READING)
        print(f"relu_backward-{many}", "fp32", needed, flush=True)


if __name__ == "__main__":
    main()
