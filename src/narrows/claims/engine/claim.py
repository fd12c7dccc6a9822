"""What a claim is: a sentence, the studies that test it, the numbers they leave, and the rule that judges those."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims import CLAIMS
from narrows.stats.grid import Grid

Word = Literal["supported", "not supported", "mixed", "open"]

#: By their names, the tables of a claim: rows of means or of differences, as `measure` makes them.
Numbers = Mapping[str, DataFrame]


class Verdict(NamedTuple):
    """`conditions` is a sentence with the numbers that decided. `open` is kept for numbers that are not all there."""

    word: Word
    conditions: str


@dataclass(frozen=True)
class Claim:
    """One claim and its test.

    `studies` are names below `conf/study/claims/`; `measure` gets what they left by these names and makes `Numbers`,
    for which `captions` has a sentence each. `judge` is the rule: a pure function of the numbers, which must be able
    to come out either way. `headline` is the number that stands for it in a list, `draw` its figure, which `legend`
    puts into words.
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
    counts_failures: bool = False  # a run that failed is one of the numbers, and not missing from them


def share(found: int, of: int) -> Word:
    """The word for a claim that holds in `found` of the `of` cases it was tested in."""
    return "supported" if found == of else "mixed" if found else "not supported"


def claim(number: int) -> Claim:
    """The claim of this number. Raises KeyError for one that does not exist."""
    found: Claim = importlib.import_module(f"narrows.claims.{CLAIMS[number]}").CLAIM
    return found
