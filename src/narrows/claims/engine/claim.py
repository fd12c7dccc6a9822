"""A claim: a sentence, the studies that test it, their numbers, and the rule that makes a verdict of these."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims import CLAIMS
from narrows.stats.grid import Grid

Word = Literal["supported", "not supported", "mixed", "open"]

#: The tables of a claim by name: rows of means or of differences, in the form of `measure`.
Numbers = Mapping[str, DataFrame]


class Verdict(NamedTuple):
    """`conditions` is a sentence with the numbers that decided. `open` means that numbers are missing."""

    word: Word
    conditions: str


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

    `studies` are names below conf/study/claims/. `measure` gets their grids by these names and returns `Numbers`;
    `captions` has a sentence for each table. `judge` is the rule, a pure function of the numbers that can return any
    verdict. `headline` returns the number that represents the claim in a list, `draw` its figure, which `legend`
    describes. `references` are compared with the numbers.
    """

    number: int
    name: str
    sentence: str
    protocol: str
    rule: str
    studies: tuple[str, ...]
    captions: Mapping[str, str]
    legend: str
    measure: Callable[[Mapping[str, Grid]], Numbers]
    judge: Callable[[Numbers], Verdict]
    headline: Callable[[Numbers], str]
    draw: Callable[[Numbers], Figure]
    references: tuple[Reference, ...] = ()
    counts_failures: bool = False  # a failed run is a result, not a missing one


def share(held: int, cases: int) -> Word:
    """The verdict on a claim that holds in `held` of the `cases` in which it was tested."""
    return "supported" if held == cases else "mixed" if held else "not supported"


def claim(number: int) -> Claim:
    """The claim of this number. Raises KeyError for a number that does not exist."""
    module_claim: Claim = importlib.import_module(f"narrows.claims.{CLAIMS[number]}").CLAIM
    return module_claim
