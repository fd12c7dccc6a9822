"""Where Triton's kernels run, and how `vmap` calls them. Each has a twin in torch's operations, used elsewhere."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor


def runs_kernels(tensor: Tensor) -> bool:
    """Whether Triton's kernels can read it: on a GPU, where torch ships Triton; torch's fake tensors have no memory."""
    return tensor.is_cuda and type(tensor) is Tensor and find_spec("triton") is not None


class StackedFunction(torch.autograd.Function):
    """A function of arrays with a first dimension of members, which `vmap` calls with all of them at once."""

    @classmethod
    def vmap(cls, info: Any, in_dims: Sequence[int | None], *operands: Any) -> tuple[Tensor, int]:  # noqa: ANN401
        stacked = [
            _first(operand, dim, info.batch_size) if isinstance(operand, Tensor) else operand
            for operand, dim in zip(operands, in_dims, strict=True)
        ]
        return cls.apply(*stacked), 0


def _first(operand: Tensor, dim: int | None, members: int) -> Tensor:
    return operand.expand(members, *operand.shape) if dim is None else operand.movedim(dim, 0)
