"""The products of stacked convolutions on a GPU: Triton's kernels against batched products of copied patches."""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from narrows.bench.gpu_errors import relative
from narrows.bench.gpu_speed import seconds_replayed
from narrows.fleet.gpu import conv_functions, conv_products
from narrows.fleet.gpu.conv_products import Geometry
from narrows.training.precision import configure_torch

#: The default's convolutions, which its decoder transposes: channels of the larger and of the smaller maps.
LAYERS = {(1, 16): Geometry((3, 3), (2, 2), (1, 1), (28, 28)), (16, 32): Geometry((3, 3), (2, 2), (1, 1), (14, 14))}
SIZES = {"cuda": (256, 128, 20), "cpu": (2, 4, 1)}  # members, images, calls that are timed
LARGEST = {"highest": 1e-5, "high": 3e-3}  # differences from float64, relative to the largest number


def products(device: torch.device) -> list[dict[str, Any]]:
    """A row for each product of each layer, in full precision and in TF32."""
    rows = []
    for float32_matmul in LARGEST:
        configure_torch(1, float32_matmul)
        for channels, geometry in LAYERS.items():
            rows += _rows(channels, geometry, float32_matmul, device)
    return rows


def _rows(
    channels: tuple[int, int], geometry: Geometry, float32_matmul: str, device: torch.device
) -> list[dict[str, Any]]:
    members, images, calls = SIZES[device.type]
    (few, many), drawn = channels, partial(torch.randn, device=device)
    large, small = drawn(members, images, few, *geometry.large), drawn(members, images, many, *geometry.small)
    weight = drawn(members, many, few, *geometry.kernel)
    rows = []
    for name, *operands in (
        ("convolution", large, weight, drawn(members, many)),
        ("transposed", small, weight, drawn(members, few)),
        ("weight_gradient", large, small),
    ):
        row = {"kind": f"{name}, {few} and {many} channels", "float32_matmul": float32_matmul}
        row |= _measured(name, operands, geometry, calls, LARGEST[float32_matmul])
        print(row, flush=True)
        rows.append(row)
    return rows


def _measured(name: str, operands: list[Tensor], geometry: Geometry, calls: int, largest: float) -> dict[str, Any]:
    """How far the kernel is from float64 for some members, and how long it and its twin take."""
    kernel = getattr(conv_functions.products(operands[0]), name)
    twin = getattr(conv_products, name)
    device = operands[0].device
    exact = twin(*(operand[:4].double() for operand in operands), geometry)
    difference = relative(kernel(*operands, geometry)[:4], exact)
    times = {
        f"{form}_ms": 1000 * seconds_replayed(partial(function, *operands, geometry), calls, device)
        for form, function in (("kernel", kernel), ("copied_patches", twin))
    }
    return {"ok": difference < largest, "difference": difference} | times
