"""Compiles the kernels of `narrows.fleet.gpu.triton_conv` for an H100, on any machine, and prints what each needs.

A line for each product of the default convolutions: its name with the channels, precision, registers of a thread, bytes
of them that are spilled to memory, bytes of shared memory, and the instructions that multiply.
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
from narrows.fleet.gpu.conv_products import Geometry

TENSORS = ("maps", "weight", "bias", "gradients", "made")


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


def compiled(product: str, operands: list[torch.Tensor], geometry: Geometry) -> Any:
    """The kernel that the product launches."""
    compilers = {name: Compiler(getattr(triton_conv, name)) for name in ("multiply", "multiply_transposed")}
    with mock.patch.multiple(triton_conv, **compilers):
        getattr(triton_conv, product)(*operands, geometry)
    return [kernel for compiler in compilers.values() for kernel in compiler.compiled][-1]


def needs(kernel: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.ptx"
        path.write_text(kernel.asm["ptx"])
        ptxas = [get_ptxas(90).path, "-v", "--gpu-name=sm_90a", str(path), "-o", str(path.with_suffix(".cubin"))]
        printed = subprocess.run(ptxas, capture_output=True, text=True, check=True).stderr
    registers = re.findall(r"Used (\d+) registers", printed)
    spilled = re.findall(r"(\d+) bytes spill stores", printed)
    products = sorted(set(re.findall(r"(?:w?mma|wgmma|fma\.rn\.f32)[\w.:]*", kernel.asm["ptx"])))
    return f"{registers[0]} {spilled[0]} {kernel.metadata.shared} {' '.join(products)}"


def main() -> None:
    for fast in (True, False):
        torch.backends.cuda.matmul.allow_tf32 = fast
        for (few, many), geometry in LAYERS.items():
            large, small = torch.empty(2, 9, few, *geometry.large), torch.empty(2, 9, many, *geometry.small)
            weight = torch.empty(2, many, few, *geometry.kernel)
            for product, *operands in (
                ("convolution", large, weight, torch.empty(2, many)),
                ("transposed", small, weight, torch.empty(2, few)),
                ("weight_gradient", large, small),
            ):
                kernel = compiled(product, operands, geometry)
                print(f"{product}-{few}-{many}", "tf32" if fast else "tf32x3", needs(kernel), flush=True)


if __name__ == "__main__":
    main()
