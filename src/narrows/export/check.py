"""Compares exported parts with the autoencoder that they were made of, on test images."""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor

from narrows.data.sources import as_floats
from narrows.errors import UserError
from narrows.export.export_formats import Runner
from narrows.models.autoencoder import Autoencoder
from narrows.models.conditional import with_labels
from narrows.models.selection import Selecting
from narrows.models.traits import Code

#: Of the largest number. Rounding of float32 makes at most 4 · 10⁻⁶ over all kinds in ONNX Runtime, most with residual
#: blocks; a step of a byte is 4 · 10⁻³.
TOLERANCE = 1e-4

#: Of the images, where a code jumps: a number that lies between two entries or at a threshold to seven digits is taken
#: for another one after rounding.
JUMPING = 1e-3

ROWS = 256


class CheckedImages(NamedTuple):
    """Raw images (N, C, H, W), the same prepared for the autoencoder, and labels (N,) if it takes them."""

    raw: Tensor
    prepared: Tensor
    labels: Tensor | None

    @property
    def more(self) -> list[Tensor]:
        """What parts take beside images or codes."""
        return [] if self.labels is None else [self.labels]

    def batches(self) -> Iterator["CheckedImages"]:
        """The first image alone, then the others: graphs take any number of rows."""
        ends = sorted({0, 1, *range(1 + ROWS, len(self.raw), ROWS), len(self.raw)})
        for start, end in pairwise(ends):
            rows = slice(start, end)
            labels = None if self.labels is None else self.labels[rows]
            yield CheckedImages(self.raw[rows], self.prepared[rows], labels)


class Difference(NamedTuple):
    """How an exported part differs from the original.

    largest  difference of a number, as a share of the largest number; of images in the units that the autoencoder is
             trained in, after the scaling. Without images that jump
    jumped   images that differ by more than the tolerance, since their code is another one
    """

    part: str
    largest: float
    jumped: int
    images: int

    def __str__(self) -> str:
        jumped = f"; {self.jumped} codes are others, up to {JUMPING:.1%} may be" if self.jumped else ""
        return (
            f"{self.part}: largest difference {self.largest:.1e} of the largest number on {self.images} test images, "
            f"tolerance {TOLERANCE:.0e}{jumped}"
        )


def jumps(code: Code) -> bool:
    """Whether rounding can change a code by more than rounding: it is chosen among symbols, or by thresholds."""
    return bool(code.alphabet) or code.watches or isinstance(code.kind, Selecting)


@torch.no_grad()
def compare(
    runners: Mapping[str, Runner], autoencoder: Autoencoder, test: CheckedImages, scaled: Callable[[Tensor], Tensor]
) -> list[Difference]:
    """The difference of each part from the original on the test images; a decoder is given the original's codes.

    `scaled` maps outputs of parts to the units that the autoencoder is trained in. Raises UserError for a part that
    differs by more than the tolerance.
    """
    batches = list(test.batches())
    images = [_inputs(batch) for batch in batches]
    codes = [autoencoder.encode(batch) for batch in images]
    original = torch.cat([autoencoder.reconstruct(batch) for batch in images])

    def outputs(part: str, inputs: list[Tensor]) -> Tensor:
        rows = zip(inputs, batches, strict=True)
        return torch.cat([runners[part](numbers, *batch.more) for numbers, batch in rows])

    raw, loose = [batch.raw for batch in batches], jumps(autoencoder.code)
    return [
        _difference("encoder", outputs("encoder", raw), torch.cat(codes), loose),
        _difference("decoder", scaled(outputs("decoder", codes)), original, False),
        _difference("autoencoder", scaled(outputs("autoencoder", raw)), original, loose),
    ]


def _inputs(batch: CheckedImages) -> Tensor:
    images = as_floats(batch.prepared)
    return images if batch.labels is None else with_labels(images, batch.labels)


def _difference(part: str, exported: Tensor, original: Tensor, loose: bool) -> Difference:
    if exported.shape != original.shape:
        raise UserError(f"{part}: gives {tuple(exported.shape)}, the original {tuple(original.shape)}")
    of_rows = (exported - original).abs().flatten(1).amax(1) / original.abs().max().clamp(min=1e-30)
    far = ~(of_rows <= TOLERANCE)  # also for NaN
    jumped = int(far.sum())
    if jumped > (ceil(JUMPING * len(far)) if loose else 0):
        how = f"by {of_rows.max():.1e} of the largest number, on {jumped} of {len(far)} test images"
        raise UserError(f"{part}: differs from the original {how}; the tolerance is {TOLERANCE:.0e}")
    largest: float = of_rows[~far].max().item() if jumped < len(far) else 0.0
    return Difference(part, largest, jumped, len(far))
