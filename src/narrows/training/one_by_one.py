"""The losses of many members one after the other: what each does alone, to the bit."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from narrows.training.member import Member
from narrows.training.stack import MASK, Stack, Tensors


class OneByOne:
    """As `side_by_side.SideBySide`, for what rounds otherwise side by side."""

    def __init__(self, members: Sequence[Member], stack: Stack) -> None:
        self.stack, self.modules = stack, [Alone(member) for member in members]

    def begin(self, training: bool) -> None:
        for module in self.modules:
            module.train(training)

    def __call__(self, rows: slice, tensors: Tensors, images: Tensor) -> tuple[Tensor, Tensor]:
        modules = self.modules[rows]
        parts = {name: value.unbind() for name, value in tensors.items() if name != MASK}  # whose gradient is one stack
        each = images if images.dim() == 5 else [images] * len(modules)
        found = []
        for number, (module, own) in enumerate(zip(modules, each, strict=True)):
            state = {
                f"autoencoder.{name}": self.stack.own(name, values[number], rows.start + number)
                for name, values in parts.items()
            }
            found.append(functional_call(module, state, (own,)))
        losses, codes = zip(*found, strict=True)
        return torch.stack(losses), torch.stack([F.pad(code, (0, self.stack.width - code.shape[1])) for code in codes])


class Alone(nn.Module):
    """The loss (B,) and the code (B, k) of one member's images (B, C, H, W), in the epoch where it stands."""

    def __init__(self, member: Member) -> None:
        super().__init__()
        self.autoencoder, self.member = member.autoencoder, member

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        module, noise = self.member.module, self.member.noise if self.training else None
        inputs = images if noise is None else module.corruption(images, noise)
        output = self.autoencoder(inputs, noise)
        return module.objective(self.autoencoder, output, images, self.member.history.epochs), output.code
