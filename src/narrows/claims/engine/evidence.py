"""What the studies of a claim show: the numbers behind its row on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from pandas import DataFrame

from narrows.claims.engine.planned import Compared, Word
from narrows.stats.crossover import Crossover

#: The tables of a claim by name: rows of means or of differences, in the form of `measure`.
Numbers = Mapping[str, DataFrame]


class Primary(Protocol):
    """The comparison that decides: a `Compared` contrast of two methods or a `Differing` test of several levels.

    `subject` says what is compared, `size` is the difference with its interval, and `text` has p and n as well.
    `negligible` says whether the difference is within the margin, `could_show` which one would have been shown.
    """

    @property
    def n(self) -> int: ...

    @property
    def word(self) -> Word: ...

    @property
    def subject(self) -> str: ...

    @property
    def size(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def negligible(self) -> bool: ...

    @property
    def could_show(self) -> str: ...

    @property
    def margin(self) -> str: ...


class Control(NamedTuple):
    """A case whose result is known: the evaluation has to find it, or has to find nothing.

    `expected` says what a sound evaluation gives, `measured` what this one gave.
    """

    name: str
    expected: str
    measured: str
    passed: bool


class Gate(NamedTuple):
    """What must hold of the runs before they are compared; `failures` says, arm by arm, what does not."""

    name: str
    failures: Sequence[str]


class Strongest(NamedTuple):
    """The baseline with the best mean under the primary condition, and the claim's method against it."""

    name: str
    compared: Compared


class Turn(NamedTuple):
    """Where the primary difference changes its sign along an axis: None if no change is shown on the whole axis."""

    axis: str
    crossover: Crossover | None
    direction: str  # in which the claim's method is better, lower or higher


class Half(NamedTuple):
    """The other half of a claim that says two things; the primary contrast is about the first."""

    name: str
    compared: Primary


@dataclass(frozen=True)
class Evidence:
    """`further` are sentences from the exploratory numbers, which decide nothing."""

    primary: Primary
    strongest: Strongest
    controls: Sequence[Control]
    gates: Sequence[Gate]
    tables: Numbers
    turns: Sequence[Turn] = ()
    other: Half | None = None
    further: Sequence[str] = field(default_factory=tuple)
