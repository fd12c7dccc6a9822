"""The weights of many autoencoders in one place: stacked, and padded where their codes differ in width."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from math import inf

import torch
from torch import Tensor, nn

from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Sparse
from narrows.seeds import Noise

Tensors = dict[str, Tensor]

MASK = "code.own"  # the name of `Padded`'s buffer in a stack


class Padded(nn.Module):
    """A code slot as wide as the widest member's; what lies beyond a member's own numbers stays 0 and is never moved.

    Masked after the code's activation (sigmoid(0) is not 0), by selection. So the gradients of padded weights are
    exactly 0 on both sides of the code, and the weights too, which begin at 0.
    """

    own: Tensor

    def __init__(self, code: nn.Module, width: int) -> None:
        super().__init__()
        self.code = code
        self.register_buffer("own", torch.ones(width, dtype=torch.bool))

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        if isinstance(self.code, Sparse):  # a padded 0 would be larger than a member's own negative numbers
            hidden = hidden.where(self.own, -inf)
        code: Tensor = self.code(hidden, noise)
        return code.where(self.own, 0)


class Stack:
    """The parameters and buffers of M autoencoders that differ at most in the width of the code: (M, …) by name.

    `widths` are the numbers in their codes. `widest` is an autoencoder whose state each member's has the shapes of: to
    be called with a member's tensors in place of its own. A narrower code's weights are padded with 0.
    """

    def __init__(self, autoencoders: Sequence[Autoencoder], widths: Sequence[int]) -> None:
        self.widths, self.width = list(widths), max(widths)
        self.widest = deepcopy(autoencoders[self.widths.index(self.width)])
        states = [one.state_dict() for one in autoencoders]
        self.dims = _padded_dims(self.widest.state_dict(), states[self.widths.index(min(widths))])
        self.trained = [name for name, _ in self.widest.named_parameters()]
        self.tensors = self.stacked(states)
        if self.dims:
            self.widest.code = Padded(self.widest.code, self.width)
            units = torch.arange(self.width, device=next(self.widest.parameters()).device)
            self.tensors[MASK] = torch.stack([units < width for width in widths])

    def stacked(self, states: Sequence[Mapping[str, Tensor]]) -> Tensors:
        """The states of all members, in the order of the rows, as one."""
        return {
            name: torch.stack([self.padded(name, state[name], row) for row, state in enumerate(states)])
            for name in states[0]
        }

    def padded(self, name: str, value: Tensor, row: int) -> Tensor:
        """Member `row`'s own value of a parameter, or its optimiser's of that shape, in the widest's shape."""
        dim = self.dims.get(name)
        if dim is None:
            return value
        shape = list(value.shape)
        shape[dim] = shape[dim] // self.widths[row] * self.width
        return value.new_zeros(shape).index_copy(dim, self._places(shape[dim], row).to(value.device), value)

    def own(self, name: str, value: Tensor, row: int) -> Tensor:
        """The way back: without the padding. A copy, so that it stays when the stack moves on."""
        dim = self.dims.get(name)
        if dim is None:
            return value.clone()
        return value.index_select(dim, self._places(value.shape[dim], row).to(value.device))

    def _places(self, size: int, row: int) -> Tensor:
        """Where a member's numbers lie among the widest's: a Gaussian code has two for each, all the means first."""
        starts = range(0, size, self.width)
        return torch.cat([start + torch.arange(self.widths[row]) for start in starts])

    def member(self, row: int, tensors: Mapping[str, Tensor] | None = None) -> Tensors:
        """The state of one autoencoder, from these tensors or from a copy of them that was kept."""
        source = self.tensors if tensors is None else tensors
        return {name: self.own(name, value[row], row) for name, value in source.items() if name != MASK}


def _padded_dims(widest: Mapping[str, Tensor], narrowest: Mapping[str, Tensor]) -> dict[str, int]:
    """The dimension of each tensor that depends on the bottleneck: the one in which two bottlenecks differ."""
    return {
        name: dim
        for name, value in widest.items()
        for dim, (wide, narrow) in enumerate(zip(value.shape, narrowest[name].shape, strict=True))
        if wide != narrow
    }
