"""Noise for stacked members: from the generator of each, in the order of its run alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.fleet.member import Member
from narrows.fleet.stack import widened
from narrows.fleet.steps import Part
from narrows.seeds import Noise, normal, uniform


class Request(NamedTuple):
    """The noise of one layer or term: of this shape (…) for each image and of this type.

    `of_code`: the last dimension is that of the code, or a multiple of it.
    """

    normal: bool
    shape: torch.Size
    dtype: torch.dtype
    of_code: bool


class RequestRecorder:
    """A source of noise that records what is drawn."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        self.requests.append(Request(False, like.shape[1:], like.dtype, of_code))
        return uniform(like, None)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        self.requests.append(Request(True, like.shape[1:], like.dtype, of_code))
        return normal(like, None)


class Drawn:
    """A source of noise that was drawn before."""

    def __init__(self, numbers: Sequence[Tensor]) -> None:
        self.numbers: Iterator[Tensor] = iter(numbers)

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)


class TrainingNoise:
    """What members draw in training: their corruption, then what their layers and terms request.

    Members draw from their generators, which a graph cannot hold: `draw` fills the memory that `step` reads.
    """

    def __init__(self, members: Sequence[Member], requests: Sequence[Request], few: Tensor, wide: int) -> None:
        self.members, self.wide, self.device = members, wide, few.device
        self.corruption = members[0].module.corruption
        recorder = RequestRecorder()
        self.corruption(few, recorder)
        self.requests = [*recorder.requests, *requests]
        levels = [member.module.corruption.level for member in members]
        self.levels = torch.tensor(levels, dtype=few.dtype, device=few.device).view(-1, 1, 1, 1, 1)
        self.numbers: dict[Part, list[Tensor]] = {}

    def draw(self, part: Part) -> None:
        """Draw for the next step of these members."""
        if not self.requests:
            return
        members = self.members[part.rows]
        drawn = [
            [drawn_for(member, request, part.images, member.noise, self.wide, self.device) for request in self.requests]
            for member in members
        ]
        columns = [torch.stack(column) for column in zip(*drawn, strict=True)]
        for number, column in zip(self.numbers.setdefault(part, columns), columns, strict=True):
            number.copy_(column)

    def step(self, part: Part, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """For these members and images (R, B, C, H, W): the corrupted images, and numbers (R, B, …)."""
        numbers = self.numbers.get(part, [])
        if not self.corruption.changes:
            return images, numbers
        return self.corruption.at(self.levels[part.rows])(images, Drawn(numbers[:1])), numbers[1:]


class ValidationNoise:
    """What terms draw in validation, the same numbers each time: drawn once."""

    def __init__(self, members: Sequence[Member], requests: Sequence[Request], wide: int, device: torch.device) -> None:
        self.members, self.requests, self.wide, self.device = members, requests, wide, device
        self.cached: dict[tuple[int, int, int], list[Tensor]] = {}

    def of(self, rows: slice, count: int) -> list[Tensor]:
        """For these members and `count` images, (R, count, …); numbers of codes are padded with 0."""
        key = rows.start, rows.stop, count
        if key not in self.cached:
            self.cached[key] = [
                torch.stack(
                    [
                        drawn_for(member, request, count, member.module.objective.fixed, self.wide, self.device)
                        for member in self.members[rows]
                    ]
                )
                for request in self.requests
            ]
        return self.cached[key]


def drawn_for(member: Member, request: Request, count: int, source: Noise, wide: int, device: torch.device) -> Tensor:
    """A member's noise for `count` images; that of its code is padded with 0 to `wide` numbers."""
    law = normal if request.normal else uniform
    shape = [count, *request.shape]
    if request.of_code:
        shape[-1] = shape[-1] // wide * member.width
    numbers = law(torch.empty(shape, dtype=request.dtype, device=device), source, request.of_code)
    return widened(numbers, numbers.dim() - 1, member.width, wide) if request.of_code else numbers
