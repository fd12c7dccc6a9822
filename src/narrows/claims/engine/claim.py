"""A claim: a sentence, the comparison that decides it, and the studies that test it."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.figure import Figure

from narrows.claims import CLAIMS
from narrows.claims.engine.differing import PlannedTest
from narrows.claims.engine.evidence import Evidence, Numbers
from narrows.claims.engine.planned import Planned
from narrows.stats.grid import Grid


class Reference(NamedTuple):
    """A published number, and the row of the claim's table that holds the same quantity.

    `table` is the table's name, `row` the levels of its keys. `images` says how many training images the published
    number is for; our number is for the training images of `study`, which is empty for a quantity without training.
    """

    quantity: str
    number: float
    images: str
    study: str
    table: str
    row: Mapping[str, float | str]


@dataclass(frozen=True)
class Claim:
    """One claim and its test.

    `planned` is the primary contrast, fixed before the studies are run. `studies` are names below conf/study/claims/.
    `evidence` gets their grids by these names; `captions` has a sentence for each table of it. `draw` makes the figure,
    which `legend` describes. `references` are compared with the tables.
    """

    number: int
    name: str
    sentence: str
    protocol: str
    planned: Planned | PlannedTest
    studies: tuple[str, ...]
    captions: Mapping[str, str]
    legend: str
    evidence: Callable[[Mapping[str, Grid]], Evidence]
    draw: Callable[[Numbers], Figure]
    references: tuple[Reference, ...] = ()
    counts_failures: bool = False  # a failed run is a result, not a missing one


def claim(number: int) -> Claim:
    """The claim of this number. Raises KeyError for a number that does not exist."""
    module_claim: Claim = importlib.import_module(f"narrows.claims.{CLAIMS[number]}").CLAIM
    return module_claim
