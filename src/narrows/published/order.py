"""Whether our means stand in the order of the published numbers: the one comparison that a cut protocol allows."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from narrows.config.levels import Level
from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import Scores, scores
from narrows.stats.contrast import Comparing, contrast
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, holm

WELCH = Comparing(logarithms=False, paired=False, margin=0.0)


class Order(NamedTuple):
    """Pairs of measured numbers of one quantity: how many are in the published order, reversed, or not decided."""

    same: int = 0
    reversed: int = 0
    undecided: int = 0

    @property
    def text(self) -> str:
        """“2 of 3 pairs in the published order, 1 not decided”; empty if there are no pairs."""
        pairs = sum(self)
        if not pairs:
            return ""
        rest = [
            f"{count} {word}" for count, word in ((self.reversed, "reversed"), (self.undecided, "not decided")) if count
        ]
        return ", ".join([f"{self.same} of {pairs} {'pair' if pairs == 1 else 'pairs'} in the published order", *rest])


def order(grid: Grid, numbers: Collection[PublishedNumber], also: Mapping[str, Level] = MappingProxyType({})) -> Order:
    """Compare each pair by Welch's t test on the recorded numbers, corrected by Holm's method over the pairs.

    Of the grid's runs those count that are also at the levels `also`: one reading of the protocol. Numbers that every
    seed gives, such as PCA's errors, are in the order of their values. Pairs with a number that is not measured are
    left out.
    """
    measured = [(a, b, scores(grid, a, also), scores(grid, b, also)) for a, b in _pairs(numbers)]
    pairs = [pair for pair in measured if len(pair[2]) and len(pair[3])]
    tests = [contrast(ours_a, ours_b, WELCH) for *_, ours_a, ours_b in pairs]
    exact = [_without_spread(ours_a, ours_b) for *_, ours_a, ours_b in pairs]
    corrected = holm(np.array([0.0 if sure else test.p for sure, test in zip(exact, tests, strict=True)]))
    counts = {"same": 0, "reversed": 0, "undecided": 0}
    for (a, b, *_), test, p in zip(pairs, tests, corrected, strict=True):
        if not p < ALPHA:
            counts["undecided"] += 1
        else:
            counts["same" if (test.difference < 0) == (a.value < b.value) else "reversed"] += 1
    return Order(**counts)


def sentence(orders: Mapping[str, Order]) -> str:
    """The order of a paper's numbers under each reading of its protocol, whose name is empty if it has one only.

    “2 of 3 pairs in the published order”, “… under each reading”, or each reading with its own: “relu: 2 of 3 …”.
    """
    texts = {reading: order.text for reading, order in orders.items() if order.text}
    if len(texts) > 1 and len(set(texts.values())) == 1:
        return f"{next(iter(texts.values()))}, under each reading of what the paper leaves open"
    return "; ".join(f"{reading}: {text}" if reading else text for reading, text in texts.items())


def _without_spread(a: Scores, b: Scores) -> bool:
    return all(len(values) > 1 and np.ptp(values) == 0 for values in (a, b)) and a[0] != b[0]


def _pairs(numbers: Collection[PublishedNumber]) -> Iterator[tuple[PublishedNumber, PublishedNumber]]:
    """Different numbers of one quantity in one unit, neither a ratio."""
    for a, b in combinations([number for number in numbers if number.over is None], 2):
        if (a.quantity, a.factor) == (b.quantity, b.factor) and abs(a.value - b.value) > a.width + b.width:
            yield a, b
