"""What an epoch of a fleet leaves, and how its passes are divided."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from torch import Tensor

from narrows.data.batches import WHOLE, images_of_pass
from narrows.fleet.member import Member

AT_ONCE = 128  # images of each member in a pass without gradients; needs no more memory than a training step


class Steps(NamedTuple):
    """The S steps of an epoch: each member's sum of losses (M,), mean losses and gradient norms (S, M)."""

    sums: Tensor
    losses: Tensor
    norms: Tensor


class Part(NamedTuple):
    """Members `start` to `stop`, and how many images each sees in a pass."""

    start: int
    stop: int
    images: int

    @property
    def rows(self) -> slice:
        return slice(self.start, self.stop)


def training_parts(members: Sequence[Member], step: int) -> Iterator[Part]:
    """Members whose minibatches in this step have the same size: a single part until the end of an epoch."""
    size = members[0].config.data.batch_size
    sizes = [min(size, member.images - step * size) for member in members]
    for images, group in groupby(range(len(sizes)), sizes.__getitem__):
        rows = list(group)
        if images > 0:
            yield Part(rows[0], rows[-1] + 1, images)


def validation_parts(members: Sequence[Member]) -> list[Part]:
    """All members, divided into parts that are validated at once; each sees the same number of images in a pass.

    These are the batches of a run alone where a term mixes images, and where noise is drawn for each batch.
    """
    count, module = len(members), members[0].module
    as_alone = module.held_out.noisy or any(term.mixes_images for term in module.objective.terms)
    alone = images_of_pass(module.held_out.codes)
    images, together = (alone, max(1, count * AT_ONCE // WHOLE)) if as_alone else (AT_ONCE, count)
    return [Part(start, min(start + together, count), images) for start in range(0, count, together)]
