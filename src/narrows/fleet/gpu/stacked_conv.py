"""Convolutions of members that `torch.func.vmap` stacks, by kernels of their own.

Torch makes one convolution with a group for each member of them, for which cuDNN took 28 ms of a step of 256 members
on an H200 where their bytes take 4.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.modules.utils import _pair
from torch.overrides import TorchFunctionMode

from narrows.fleet.gpu.conv_functions import Convolution, Transposed
from narrows.fleet.gpu.conv_products import Geometry, Pair

Sizes = int | Sequence[int]


class StackedConv(TorchFunctionMode):
    """Within it, and inside `vmap` over members, `F.conv2d` and `F.conv_transpose2d` are those of this module.

    Dilated and grouped ones remain torch's. Differentiable by reverse mode, as often as wanted. If `rectified`, both
    return the ReLU of their output.
    """

    def __init__(self, rectified: bool = False) -> None:
        super().__init__()
        self.rectified = rectified

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        if function in STACKED:
            return STACKED[function](*args, **(kwargs or {}), rectified=self.rectified)
        return function(*args, **(kwargs or {}))


def _conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
    *,
    rectified: bool,
) -> Tensor:
    if isinstance(padding, str) or groups != 1 or _pair(dilation) != (1, 1):
        return _perhaps_rectified(F.conv2d(x, weight, bias, stride, padding, dilation, groups), rectified)
    geometry = Geometry(_size(weight), _pair(stride), _pair(padding), _size(x))
    product: Tensor = Convolution.apply(*_cast(x, weight, bias), geometry, rectified)
    return product


def _conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
    *,
    rectified: bool,
) -> Tensor:
    if groups != 1 or _pair(dilation) != (1, 1):
        output = F.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation)
        return _perhaps_rectified(output, rectified)
    sizes = _size(x), _size(weight), _pair(stride), _pair(padding), _pair(output_padding)
    height, width = ((n - 1) * s - 2 * p + k + more for n, k, s, p, more in zip(*sizes, strict=True))
    geometry = Geometry(_size(weight), _pair(stride), _pair(padding), (height, width))
    product: Tensor = Transposed.apply(*_cast(x, weight, bias), geometry, rectified)
    return product


def _perhaps_rectified(maps: Tensor, rectified: bool) -> Tensor:
    return F.relu(maps) if rectified else maps


STACKED: Mapping[Any, Callable[..., Tensor]] = {F.conv2d: _conv2d, F.conv_transpose2d: _conv_transpose2d}


def _size(maps: Tensor) -> Pair:
    height, width = maps.shape[-2:]
    return height, width


def _cast(x: Tensor, weight: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """The operands in the type of numbers in which autocast, where it is on, computes convolutions."""
    device = x.device.type
    if not torch.is_autocast_enabled(device):
        return x, weight, bias
    dtype = torch.get_autocast_dtype(device)
    return x.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype)
