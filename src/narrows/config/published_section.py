"""The section `study.published`: the numbers that a paper prints, and the runs of the study that repeat them."""

from typing import Annotated, Literal

from pydantic import Field

from narrows.config.levels import Level
from narrows.config.quantities import QuantityName
from narrows.config.slots import Count, Section

Width = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PublishedNumber(Section):
    """A published number and which runs measure the same.

    The runs at the levels `at` are averaged over all other axes seed by seed. With `over` the number is a ratio: the
    mean of these runs over that of the number of this name, for quantities whose unit differs from the paper's.
    """

    label: str = Field(description="what was measured, in the paper's words")
    quantity: QuantityName = Field(description="the recorded quantity, one of study.metrics")
    value: float = Field(description="the number as it is printed")
    grade: Literal["A", "B", "C"] = Field(
        description="A: read in the paper, its code or its logs; B: quoted by a third party; C: computed for narrows"
    )
    source: str = Field(description="the table, figure, log or repository that prints it")
    unit: str = Field(default="", description="the unit of the printed number; by default the quantity's own")
    better: Literal["lower", "higher"] | None = Field(
        default=None, description="the direction in which the number improves, where it is not the quantity's"
    )
    factor: float = Field(default=1.0, gt=0, description="printed number over recorded number")
    tolerance: Width = Field(default=0.0, description="of the printed number: its rounding, or how well it can be read")
    spread: Width = Field(default=0.0, description="half of the interval that is printed beside it")
    runs: Count = Field(default=1, description="how many runs of the paper's the number is the mean of")
    reruns: dict[str, float] = Field(default={}, description="who repeated it, and the number that they found")
    at: dict[str, Level] = Field(default={}, description="levels of the runs, by key")
    over: str | None = Field(default=None, description="the name of the number that it is a ratio to")

    @property
    def width(self) -> float:
        """By how much the interval is widened before it is compared with the number."""
        return max(self.tolerance, self.spread)


class Published(Section):
    """A paper, its protocol, and its numbers by name."""

    paper: str = Field(description="authors and year")
    reference: str = Field(description="title, journal, number of the preprint")
    protocol: str = Field(description="how the paper measured, in a few sentences")
    deviations: list[str] = Field(default=[], description="where the study differs from the paper, and why")
    readings: str | None = Field(
        default=None, description="the axis whose levels are readings of what the paper leaves open"
    )
    numbers: dict[str, PublishedNumber] = Field(min_length=1, description="the paper's numbers, by a short name")
