"""The weights of many autoencoders in one place: stacked, and padded where their codes differ in width."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from itertools import groupby

import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.models.autoencoder import Autoencoder
from narrows.models.traits import Code, Drawn
from narrows.seeds import Noise

Tensors = dict[str, Tensor]

MASK = "code.mask"  # the name of `Padded`'s buffer in the state of an autoencoder
REGISTER = 16  # float32 numbers in the longest register of a CPU (AVX-512)


class Padded(Code):
    """A code slot for members of several widths: codes are as wide as the widest, and 0 where a member has no number.

    `mask` is True for the numbers that a member has. It is applied after the code's activation, since sigmoid(0) is not
    0. So the gradients of padded weights on both sides of the code are exactly 0, and these weights stay 0.
    """

    stacks = True  # if the kind inside does; see `traits.stacks`
    mask: Tensor

    def __init__(self, code: Code, width: int, device: torch.device) -> None:
        super().__init__()
        self.code = code
        code.padded_by = (self,)  # a tuple hides it from torch, for which it would be inside of itself
        self.hidden_per_number, self.estimates = code.hidden_per_number, code.estimates
        self.register_buffer("mask", torch.ones(width, dtype=torch.bool, device=device))

    @property
    def kind(self) -> Code:
        return self.code

    @property
    def present(self) -> Tensor:
        return self.mask

    def forward(self, hidden: Tensor, noise: Noise | None = None) -> Tensor:
        codes: Tensor = self.code(self.code.padded(hidden), noise)
        return codes.where(self.mask, 0)

    def draw(self, hidden: Tensor, noise: Noise, detached: bool = False) -> Drawn:
        drawn = self.code.draw(self.code.padded(hidden), noise, detached)
        return drawn._replace(code=drawn.code.where(self.mask, 0))

    def magnitudes(self, hidden: Tensor, code: Tensor) -> Tensor:
        return self.code.magnitudes(hidden, code)


class Stack:
    """The parameters and buffers of M autoencoders, stacked: `tensors`, (M, …) by name.

    The autoencoders may differ in `widths`, the number of numbers in their codes; narrower ones are padded with 0.
    `widest` is an autoencoder to be called, by `functional_call`, with the tensors of members. `settings` are the names
    of tensors that hold what members are, and not what they learn: the mask, and settings of the code that differ.
    """

    def __init__(self, autoencoders: Sequence[Autoencoder], widths: Sequence[int]) -> None:
        self.widths, self.width = list(widths), max(widths)
        self.widest = deepcopy(autoencoders[self.widths.index(self.width)])
        states = [autoencoder.state_dict() for autoencoder in autoencoders]
        self.dims = _padded_dims(self.widest.state_dict(), states[self.widths.index(min(widths))])
        self.trained = [name for name, _ in self.widest.named_parameters()]
        self.tensors = self.stacked(states)
        device = next(self.widest.parameters()).device
        differing = self.widest.code.stacked([autoencoder.code for autoencoder in autoencoders], device)
        self.tensors |= {f"code.{name}": values for name, values in differing.items()}
        self.settings = {MASK, *(f"code.{name}" for name in differing)}
        if self.dims:
            self.widest.code = Padded(self.widest.code, self.width, device)
            units = torch.arange(self.width, device=device)
            self.tensors[MASK] = torch.stack([units < width for width in widths]).unsqueeze(1)

    def of_widest(self, tensors: Mapping[str, Tensor]) -> Tensors:
        """The tensors by their names in `widest`, whose code slot may be inside of `Padded`."""
        if not self.dims:
            return dict(tensors)
        inside = {name: f"code.{name}" for name in tensors if name.startswith("code.") and name != MASK}
        return {inside.get(name, name): value for name, value in tensors.items()}

    def stacked(self, states: Sequence[Mapping[str, Tensor]]) -> Tensors:
        """The states of all members, in the order of the rows, padded and stacked."""
        return {
            name: torch.stack([self.padded(name, state[name], row) for row, state in enumerate(states)])
            for name in states[0]
        }

    def alike(self, rows: range) -> Iterator[range]:
        """Ranges of adjacent members of the same width."""
        for _, group in groupby(rows, self.widths.__getitem__):
            members = list(group)
            yield range(members[0], members[-1] + 1)

    def padded(self, name: str, value: Tensor, row: int) -> Tensor:
        """A parameter of member `row`, or a moment of it, padded to the shape of the widest member's."""
        dim = self.dims.get(name)
        return value if dim is None else widened(value, dim, self.widths[row], self.width)

    def unpadded(self, name: str, value: Tensor, row: int) -> Tensor:
        """Inverse of `padded`; contiguous."""
        return self.unpadded_rows(name, value.unsqueeze(0), row)[0]

    def unpadded_rows(self, name: str, values: Tensor, row: int) -> Tensor:
        """As `unpadded` for values (R, …) of adjacent members that are all as wide as member `row`."""
        dim = self.dims.get(name)
        return values if dim is None else narrowed(values, dim + 1, self.width, self.widths[row]).contiguous()

    def owned(self, tensors: Mapping[str, Tensor], rows: slice) -> Tensors:
        """Tensors (R, …) of these members with 0 in place of padding."""
        return {
            name: value * self._owned[name][rows] if name in self.dims else value for name, value in tensors.items()
        }

    @cached_property
    def _owned(self) -> Tensors:
        """Of each padded tensor, 1 for the numbers that a member has and 0 for padding, in a shape that broadcasts."""
        return {name: self._owned_by_all(name, dim) for name, dim in self.dims.items()}

    def _owned_by_all(self, name: str, dim: int) -> Tensor:
        like = self.tensors[name][0]
        ones = [like.new_ones(like.shape[dim] // self.width * width) for width in self.widths]
        each = [widened(one, 0, width, self.width) for one, width in zip(ones, self.widths, strict=True)]
        return torch.stack(each).view(-1, *[1] * dim, like.shape[dim], *[1] * (like.dim() - dim - 1))

    def matching_views(self, name: str, rows: range, unpadded: Tensor) -> tuple[Tensor, Tensor]:
        """Views of one shape: of these members' numbers in the stack, and of the same numbers in `unpadded`, (R, …)."""
        dim, stacked = self.dims.get(name), self.tensors[name][rows.start : rows.stop]
        if dim is None:
            return stacked, unpadded
        width = self.widths[rows.start]
        return _narrowed_view(stacked, dim + 1, self.width, width), unpadded.unflatten(dim + 1, (-1, width))

    def member(self, row: int, tensors: Mapping[str, Tensor] | None = None) -> Tensors:
        """A copy of one autoencoder's state, from the stack's tensors or from others of the same shapes."""
        source = self.tensors if tensors is None else tensors
        learnt = {name: value[row] for name, value in source.items() if name not in self.settings}
        return {name: self.unpadded(name, value, row).clone() for name, value in learnt.items()}


def fills(numbers: int) -> bool:
    """Whether so many numbers fill whole registers, so that all are computed, and rounded, alike."""
    return numbers % REGISTER == 0


def widened(value: Tensor, dim: int, width: int, wide: int) -> Tensor:
    """Pad with 0 a dimension of `width` numbers, or of a multiple of it: means, then variances of a Gaussian."""
    behind = [0, 0] * (value.dim() - dim - 1)
    return F.pad(value.unflatten(dim, (-1, width)), [*behind, 0, wide - width]).flatten(dim, dim + 1)


def narrowed(value: Tensor, dim: int, wide: int, width: int) -> Tensor:
    """Inverse of `widened`."""
    return _narrowed_view(value, dim, wide, width).flatten(dim, dim + 1)


def _narrowed_view(value: Tensor, dim: int, wide: int, width: int) -> Tensor:
    view: Tensor = value.unflatten(dim, (-1, wide)).narrow(dim + 1, 0, width)
    return view


def _padded_dims(widest: Mapping[str, Tensor], narrowest: Mapping[str, Tensor]) -> dict[str, int]:
    """By name the dimension that depends on the bottleneck, for tensors that have one."""
    return {
        name: dim
        for name, value in widest.items()
        for dim, (wide, narrow) in enumerate(zip(value.shape, narrowest[name].shape, strict=True))
        if wide != narrow
    }
