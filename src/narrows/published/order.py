"""Whether our means stand in the order of the published numbers: the one comparison that a cut protocol allows."""

from collections.abc import Collection, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import Scores, scores
from narrows.stats.contrast import Comparing, contrast
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, holm

WELCH = Comparing(logarithms=False, paired=False, margin=0.0)


class Order(NamedTuple):
    """Pairs of published numbers of one quantity: how many are in the same order here, reversed, or not decided."""

    same: int = 0
    reversed: int = 0
    undecided: int = 0

    @property
    def text(self) -> str:
        """“2 of 3 pairs in the published order, 1 not decided”; empty for a paper without pairs."""
        pairs = sum(self)
        if not pairs:
            return ""
        rest = [
            f"{count} {word}" for count, word in ((self.reversed, "reversed"), (self.undecided, "not decided")) if count
        ]
        return ", ".join([f"{self.same} of {pairs} {'pair' if pairs == 1 else 'pairs'} in the published order", *rest])


def order(grid: Grid, numbers: Collection[PublishedNumber]) -> Order:
    """Compare each pair by Welch's t test on the recorded numbers, corrected by Holm's method over the pairs.

    Numbers that every seed gives, such as PCA's errors, are in the order of their values.
    """
    pairs = list(_pairs(numbers))
    measured = [(scores(grid, a), scores(grid, b)) for a, b in pairs]
    tests = [contrast(*both, WELCH) for both in measured]
    corrected = holm(
        np.array([0.0 if _without_spread(*both) else test.p for both, test in zip(measured, tests, strict=True)])
    )
    counts = {"same": 0, "reversed": 0, "undecided": 0}
    for (a, b), test, p in zip(pairs, tests, corrected, strict=True):
        if not p < ALPHA:
            counts["undecided"] += 1
        else:
            counts["same" if (test.difference < 0) == (a.value < b.value) else "reversed"] += 1
    return Order(**counts)


def _without_spread(a: Scores, b: Scores) -> bool:
    return all(len(values) > 1 and np.ptp(values) == 0 for values in (a, b)) and a[0] != b[0]


def _pairs(numbers: Collection[PublishedNumber]) -> Iterator[tuple[PublishedNumber, PublishedNumber]]:
    """Different numbers of one quantity in one unit, neither a ratio."""
    for a, b in combinations([number for number in numbers if number.over is None], 2):
        if (a.quantity, a.factor) == (b.quantity, b.factor) and abs(a.value - b.value) > a.width + b.width:
            yield a, b
