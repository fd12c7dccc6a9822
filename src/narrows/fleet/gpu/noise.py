"""Noise for stacked members, drawn before a pass, each number as the member draws it alone."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.fleet.member import Member
from narrows.fleet.stack import widened
from narrows.noise.counter_noise import CounterNoise
from narrows.seeds import FixedNoise, Noise, normal, uniform


class Request(NamedTuple):
    """The noise of one layer or term: `rows` times of this shape (…) for each image, and of this type.

    `of_code`: the last dimension is that of the code, or a multiple of it.
    """

    normal: bool
    shape: torch.Size
    dtype: torch.dtype
    of_code: bool
    rows: int = 1

    def drawn(self, counts: Sequence[int], noise: Noise, device: torch.device | str) -> Tensor:
        """Noise for (…, B) images: (…, B · rows, …)."""
        *members, images = counts
        like = torch.empty(*members, images * self.rows, *self.shape, dtype=self.dtype, device=device)
        return (normal if self.normal else uniform)(like, noise, self.of_code)


class RequestRecorder:
    """A source of noise that records what is drawn for a batch of `images`."""

    def __init__(self, images: int) -> None:
        self.images = images
        self.requests: list[Request] = []

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        self._add(False, like, of_code)
        return uniform(like, None)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        self._add(True, like, of_code)
        return normal(like, None)

    def _add(self, normal: bool, like: Tensor, of_code: bool) -> None:
        rows = len(like) // self.images
        self.requests.append(Request(normal, like.shape[1:], like.dtype, of_code, rows))


class Drawn:
    """A source of noise that was drawn before."""

    def __init__(self, numbers: Sequence[Tensor]) -> None:
        self.numbers: Iterator[Tensor] = iter(numbers)

    def uniform(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return next(self.numbers)


class TrainingNoise:
    """What members draw in training: binary images and corruption, then what their layers and terms request."""

    def __init__(self, members: Sequence[Member], requests: Sequence[Request], dtype: torch.dtype) -> None:
        self.noise = CounterNoise.stacked(
            [_counted(member) for member in members], [member.width for member in members]
        )
        self.requests, self.corruption = requests, members[0].module.corruption
        self.target = members[0].module.target
        levels = [member.module.corruption.level for member in members]
        self.levels = torch.tensor(levels, dtype=dtype, device=self.noise.device).view(-1, 1, 1, 1, 1)

    def step(self, rows: slice, images: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """For the next step of these members on images (R, B, C, H, W): targets, inputs, and numbers (R, B, …)."""
        noise = self.noise.rows(rows)
        noise.begin_step()
        images = self.target(images, noise)
        inputs = self.corruption.at(self.levels[rows])(images, noise) if self.corruption.changes else images
        return images, inputs, [request.drawn(images.shape[:2], noise, "meta") for request in self.requests]


def _counted(member: Member) -> CounterNoise:
    assert isinstance(member.noise, CounterNoise), "stacked members draw by counter; see `run_noise`"
    return member.noise


class ValidationNoise:
    """What members draw in validation, the same numbers each time: a corruption, then what layers and terms request."""

    def __init__(self, members: Sequence[Member], requests: Sequence[Request], wide: int) -> None:
        self.members, self.requests, self.wide = members, requests, wide
        module = members[0].module
        self.corrupts = module.held_out.noisy and module.corruption.changes

    def step(self, rows: slice, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """For these members and images (R, B, C, H, W): inputs, and numbers (R, B, …), of codes padded with 0."""
        members, sources = self.members[rows], [FixedNoise() for _ in self.members[rows]]
        inputs = images
        if self.corrupts:
            each = zip(members, images, sources, strict=True)
            inputs = torch.stack([member.module.corruption(clean, source) for member, clean, source in each])
        drawn = [
            torch.stack([self._drawn(request, *member, images) for member in zip(members, sources, strict=True)])
            for request in self.requests
        ]
        return inputs, drawn

    def _drawn(self, request: Request, member: Member, source: FixedNoise, images: Tensor) -> Tensor:
        counts = [images.shape[1]]
        if not request.of_code:
            return request.drawn(counts, source, images.device)
        *inner, last = request.shape
        unpadded = request._replace(shape=torch.Size([*inner, last // self.wide * member.width]))
        return widened(unpadded.drawn(counts, source, images.device), len(request.shape), member.width, self.wide)
