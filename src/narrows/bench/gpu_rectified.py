"""Stacked convolutions followed by a ReLU, forward and backward: both in one kernel, or one after the other."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.func import vmap
from torch.nn import functional as F

from narrows.bench.gpu_conv import LAYERS, SIZES
from narrows.bench.gpu_errors import relative
from narrows.bench.gpu_speed import seconds_replayed
from narrows.fleet.gpu.stacked_conv import StackedConv
from narrows.training.precision import configure_torch

LIMIT = 1e-5  # of differences, relative to the largest number: only the biases' gradients are summed in another order

Convolution = Callable[..., Tensor]


def rectified(device: torch.device) -> list[dict[str, Any]]:
    """A row for each convolution of the default that a ReLU follows, in TF32."""
    configure_torch(1, "high")
    down = partial(F.conv2d, stride=2, padding=1)
    up = partial(F.conv_transpose2d, stride=2, padding=1, output_padding=1)
    layers = [("convolution", down, 1, 16), ("convolution", down, 16, 32), ("transposed", up, 16, 32)]
    return [_row(*layer, device) for layer in layers]


def _row(name: str, convolution: Convolution, few: int, many: int, device: torch.device) -> dict[str, Any]:
    calls = SIZES[device.type][-1]
    operands, change = _drawn(name, few, many, device)
    together, separate = (_passes(form, convolution, operands, change) for form in (_together, _one_by_one))
    difference = max(map(relative, together, separate))
    row = {"kind": f"{name} with ReLU, {few} and {many} channels", "ok": difference < LIMIT, "difference": difference}
    for form in (_together, _one_by_one):
        program = partial(_passes, form, convolution, operands, change)
        row[f"{form.__name__.lstrip('_')}_ms"] = 1000 * seconds_replayed(program, calls, device)
    print(row, flush=True)
    return row


def _drawn(name: str, few: int, many: int, device: torch.device) -> tuple[list[Tensor], Tensor]:
    """Maps, weights and biases of all members, and the gradient of the output."""
    members, images, _ = SIZES[device.type]
    geometry, draw = LAYERS[few, many], partial(torch.randn, device=device)
    large, small = draw(members, images, few, *geometry.large), draw(members, images, many, *geometry.small)
    maps, change = (large, small) if name == "convolution" else (small, large)
    operands = [maps, draw(members, many, few, *geometry.kernel), draw(members, change.shape[2])]
    return [operand.requires_grad_() for operand in operands], change


def _together(convolution: Convolution, *operands: Tensor) -> Tensor:
    with StackedConv(rectified=True):
        return vmap(convolution)(*operands)


def _one_by_one(convolution: Convolution, *operands: Tensor) -> Tensor:
    with StackedConv():
        return F.relu(vmap(convolution)(*operands))


def _passes(form: Convolution, convolution: Convolution, operands: list[Tensor], change: Tensor) -> list[Tensor]:
    """The output and the gradients of the operands."""
    output = form(convolution, *operands)
    return [output.detach(), *torch.autograd.grad(output, operands, change)]
