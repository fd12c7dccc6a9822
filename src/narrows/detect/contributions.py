"""Which columns, pixels or times make an anomaly: the largest parts of its squared error."""

from collections.abc import Sequence
from math import floor, log10
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from narrows.data.in_batches import in_batches
from narrows.data.preparation import Preparation
from narrows.data.sources import as_floats
from narrows.detect.anomaly_detector import AnomalyDetector
from narrows.own.raw import Array

LARGEST = 3  # contributions that are listed for each anomaly
DIGITS = 5  # significant digits of values, relative to the spread of their column
WHITE = 255
TINY = 1e-30
TOGETHER = 1000  # anomalies whose errors are in memory at a time


class Contribution(NamedTuple):
    """An entry of a sample: its name, its value and reconstruction in the units of the data, its share of the error.

    Pixels of normalised contrast are given as they are scaled, since each image has units of its own.
    """

    name: str
    value: float
    reconstructed: float
    share: float

    def __str__(self) -> str:
        """“petal width is 9.9, reconstructed as 1.3 (92 % of the error)”."""
        given, rebuilt = (f"{number:.12g}" for number in (self.value, self.reconstructed))
        return f"{self.name} is {given}, reconstructed as {rebuilt} ({100 * self.share:.0f} % of the error)"


class Explained(NamedTuple):
    """Samples (N, C, H, W) and their reconstructions, in the units of the data, and the squared errors of entries."""

    values: Array
    reconstructed: Array
    squares: Array


def explained(detector: AnomalyDetector, images: Tensor) -> Explained:
    """The reconstructions of prepared images, and the squared errors whose means are their scores."""
    given = as_floats(images).double()
    reconstructed = in_batches(lambda batch: detector.autoencoder.reconstruct(batch.double()), given)
    squares = (reconstructed - given).square().numpy()
    values, rebuilt = (_in_units(detector.preparation, part) for part in (given, reconstructed))
    return Explained(values, rebuilt, squares)


def contributions(detector: AnomalyDetector, images: Tensor, starts: Sequence[int]) -> list[list[Contribution]]:
    """The largest contributions to the error of each of these prepared images, the largest first.

    `starts` are the rows of the file at which windows of a series begin.
    """
    return [
        reasons
        for first in range(0, len(images), TOGETHER)
        for reasons in _of_batch(detector, images[first : first + TOGETHER], starts[first : first + TOGETHER])
    ]


def _of_batch(detector: AnomalyDetector, images: Tensor, starts: Sequence[int]) -> list[list[Contribution]]:
    parts = explained(detector, images)
    steps = np.broadcast_to(_factor(detector.preparation).numpy(), parts.values.shape[1:])
    return [
        [_contribution(detector, parts, (number, *place), steps[place], start) for place in _places(parts, number)]
        for number, start in enumerate(starts)
    ]


def _places(parts: Explained, number: int) -> list[tuple[int, ...]]:
    """The entries of an image with the largest squared errors; none for an error of 0."""
    squares = parts.squares[number]
    largest = np.argsort(-squares, axis=None, kind="stable")[:LARGEST]
    return [
        tuple(map(int, np.unravel_index(place, squares.shape))) for place in largest if squares.reshape(-1)[place] > 0
    ]


def _contribution(
    detector: AnomalyDetector, parts: Explained, entry: tuple[int, ...], step: float, start: int
) -> Contribution:
    numbers = [float(array[entry]) for array in (parts.values, parts.reconstructed)]
    if detector.preparation.scale == "none":  # their spread is not known
        step = max(*map(abs, numbers), TINY)
    value, reconstructed = (_rounded(number, step) for number in numbers)
    share = float(parts.squares[entry] / parts.squares[entry[0]].sum())
    return Contribution(
        _name(detector.preparation, entry[1:], parts.values.shape[1], start), value, reconstructed, share
    )


def _name(preparation: Preparation, place: tuple[int, ...], channels: int, start: int) -> str:
    """“petal width”, “row 101 of acceleration”, “pixel (3, 17)”: rows, columns and channels are counted from 1."""
    channel, height, width = place
    columns = preparation.columns
    match preparation.kind:
        case "series":
            of = f" of {columns[channel]}" if columns else f" of channel {channel + 1}" if channels > 1 else ""
            return f"row {start + width}{of}"
        case "images":
            return f"pixel ({height + 1}, {width + 1})" + (f" of channel {channel + 1}" if channels > 1 else "")
        case _:
            return columns[width] if columns else f"column {width + 1}"


def _factor(preparation: Preparation) -> Tensor:
    if preparation.contrast != "none":
        return torch.ones(1, dtype=torch.float64)
    return preparation.factor.double() * (WHITE if preparation.scale == "pixels" else 1)


def _in_units(preparation: Preparation, images: Tensor) -> Array:
    shift = 0 if preparation.scale == "pixels" or preparation.contrast != "none" else preparation.shift.double()
    return np.asarray(images * _factor(preparation) + shift)


def _rounded(number: float, step: float) -> float:
    """The number to `DIGITS` digits of the spread `step`: the arithmetic in 32 bits before it has no more."""
    return round(number, DIGITS - 1 - floor(log10(step)))
