"""A factor for each row's gradient that is known only after the row was used."""

from typing import Any

import torch
from torch import Tensor

from narrows.models.latents.densities import precise


def factored(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows (…, B, h) unchanged, and two zeros for each, (…, B), whose gradients multiply and divide the rows' gradient.

    A loss to which `above · f + below` is added keeps its value; backwards, row b gets f[b] times its gradient. So the
    factor may depend on all that is computed from the rows, which a hook could not do in a program that is captured or
    vectorised.
    """
    outputs: tuple[Tensor, Tensor, Tensor] = _Factored.apply(rows)
    return outputs


class _Factored(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        zeros = precise(rows).new_zeros(rows.shape[:-1])  # the largest factors are beyond float16
        return rows.clone(), zeros, zeros.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor, Tensor]) -> None:  # noqa: ANN401
        pass

    @staticmethod
    def backward(ctx: Any, gradient: Tensor, above: Tensor, below: Tensor) -> Tensor:  # noqa: ANN401
        return gradient * (above / below).to(gradient.dtype).unsqueeze(-1)
