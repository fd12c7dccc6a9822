"""Codes that keep the largest numbers; how many is a member's own in a stack."""

from collections.abc import Sequence

import torch
from torch import Tensor

from narrows.models.traits import Code


def keep_largest(numbers: Tensor, most: int, active: int | Tensor) -> Tensor:
    """The `active` largest numbers of the last dimension, the rest 0; the same shape.

    `active` is at most `most`. A tensor (…, 1) has the number of each member of a stack; an integer is `most` itself.
    """
    largest = numbers.topk(most, dim=-1)
    values = largest.values
    if isinstance(active, Tensor):
        values = values.where(torch.arange(most, device=numbers.device) < active, 0)
    return torch.zeros_like(numbers).scatter(-1, largest.indices, values)


class Selecting(Code):
    """A code with at most `active` numbers that are not 0. In a stack `most` is the largest number of a member."""

    active: int | Tensor
    most: int

    @property
    def constants(self) -> tuple[int, ...]:
        return (self.most,)

    def stacked(self, members: Sequence[Code], device: torch.device) -> dict[str, Tensor]:
        numbers = [member.most for member in members if isinstance(member, Selecting)]
        if len(set(numbers)) == 1:
            return {}
        del self.active
        self.most = max(numbers)
        self.register_buffer("active", torch.zeros(1, 1, dtype=torch.int64, device=device))
        return {"active": torch.tensor(numbers, device=device).view(-1, 1, 1)}
