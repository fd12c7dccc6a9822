"""The weights of many autoencoders in one place: stacked, and padded where their codes differ in width."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import groupby

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Autoencoder
from narrows.models.traits import Code
from narrows.seeds import Noise

Tensors = dict[str, Tensor]

MASK = "code.own"  # the name of `Padded`'s buffer in a stack
REGISTER = 16  # float32 numbers in the longest register of a CPU (AVX-512)


class Padded(Code):
    """A code slot as wide as the widest member's, whose numbers beyond a member's own are always 0.

    They are masked after the code's activation (sigmoid(0) is not 0), by selection. So the gradients of padded weights
    are exactly 0 on both sides of the code, and so are the weights, which begin at 0.
    """

    stacks = True  # as far as the kind inside does
    own: Tensor

    def __init__(self, code: Code, width: int, device: torch.device) -> None:
        super().__init__()
        self.code = code
        self.hidden_per_number = code.hidden_per_number  # type: ignore[misc] # the attribute of this instance's kind
        self.register_buffer("own", torch.ones(width, dtype=torch.bool, device=device))

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        if self.code.padding != 0:  # which padded weights give already
            hidden = hidden.where(torch.cat([self.own] * self.code.hidden_per_number, -1), self.code.padding)
        codes: Tensor = self.code(hidden, noise)
        return codes.where(self.own, 0)

    def width(self, code: Tensor) -> Tensor:
        return self.own.sum(-1)


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
            device = next(self.widest.parameters()).device
            self.widest.code = Padded(self.widest.code, self.width, device)
            units = torch.arange(self.width, device=device)
            self.tensors[MASK] = torch.stack([units < width for width in widths]).unsqueeze(1)

    def stacked(self, states: Sequence[Mapping[str, Tensor]]) -> Tensors:
        """The states of all members, in the order of the rows, as one."""
        return {
            name: torch.stack([self.padded(name, state[name], row) for row, state in enumerate(states)])
            for name in states[0]
        }

    def alike(self, rows: range) -> Iterator[range]:
        """Those next to one another among these members that are equally wide."""
        for _, group in groupby(rows, self.widths.__getitem__):
            own = list(group)
            yield range(own[0], own[-1] + 1)

    def padded(self, name: str, value: Tensor, row: int) -> Tensor:
        """Member `row`'s own value of a parameter, or its optimiser's of that shape, in the widest's shape."""
        dim = self.dims.get(name)
        return value if dim is None else widened(value, dim, self.widths[row], self.width)

    def own(self, name: str, value: Tensor, row: int) -> Tensor:
        """The way back: without the padding, contiguous."""
        return self.owns(name, value.unsqueeze(0), row)[0]

    def owns(self, name: str, values: Tensor, row: int) -> Tensor:
        """The same (R, …) of members next to one another that are all as wide as `row`."""
        dim = self.dims.get(name)
        return values if dim is None else narrowed(values, dim + 1, self.width, self.widths[row]).contiguous()

    def places(self, name: str, rows: range, owns: Tensor) -> tuple[Tensor, Tensor]:
        """Views of the same shape: of what members have in the stack, and of a tensor of their own that has it too."""
        dim, places = self.dims.get(name), self.tensors[name][rows.start : rows.stop]
        if dim is None:
            return places, owns
        width = self.widths[rows.start]
        return _unpadded(places, dim + 1, self.width, width), owns.unflatten(dim + 1, (-1, width))

    def member(self, row: int, tensors: Mapping[str, Tensor] | None = None) -> Tensors:
        """The state of one autoencoder, from these tensors or from a copy of them that was kept; itself a copy."""
        source = self.tensors if tensors is None else tensors
        return {name: self.own(name, value[row], row).clone() for name, value in source.items() if name != MASK}


def fills(numbers: int) -> bool:
    """Whether so many fill registers, and none is left over for instructions that round otherwise."""
    return numbers % REGISTER == 0


def widened(value: Tensor, dim: int, width: int, wide: int) -> Tensor:
    """Pad a dimension that holds the numbers of a code, or twice as many: a Gaussian has means and variances."""
    behind = [0, 0] * (value.dim() - dim - 1)
    return F.pad(value.unflatten(dim, (-1, width)), [*behind, 0, wide - width]).flatten(dim, dim + 1)


def narrowed(value: Tensor, dim: int, wide: int, width: int) -> Tensor:
    """The way back."""
    return _unpadded(value, dim, wide, width).flatten(dim, dim + 1)


def _unpadded(value: Tensor, dim: int, wide: int, width: int) -> Tensor:
    view: Tensor = value.unflatten(dim, (-1, wide)).narrow(dim + 1, 0, width)
    return view


def _padded_dims(widest: Mapping[str, Tensor], narrowest: Mapping[str, Tensor]) -> dict[str, int]:
    """The dimension of each tensor that depends on the bottleneck: the one in which two bottlenecks differ."""
    return {
        name: dim
        for name, value in widest.items()
        for dim, (wide, narrow) in enumerate(zip(value.shape, narrowest[name].shape, strict=True))
        if wide != narrow
    }
