"""The section `study` of a study's file: what it asks, its arms, and its axes in each size."""

import json
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from narrows.config.levels import Level
from narrows.config.published_section import Published
from narrows.config.quantities import Overrides, QuantityName
from narrows.config.slots import Section

#: The axis of a study with arms, in records and reports.
ARM = "arm"


def as_text(value: Any) -> str:  # noqa: ANN401 - nested plain values
    """A level, or a value of a YAML file, as it is typed on the command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class Asked(Section):
    """What a study asks and how the answer is printed."""

    name: str = Field(description="name of the study and of its folder")
    question: str = Field(description="the question, the title of its report")
    metrics: list[QuantityName] = Field(
        default=["test/mse"],
        min_length=1,
        description="the quantity that the study asks about, then those told beside it",
    )
    against: QuantityName | None = Field(
        default=None, description="a quantity to draw the first one against, such as test/nelbo_kl"
    )
    baseline: dict[str, Level] = Field(
        default={}, description="for a swept key, or arm, the level that others are compared with"
    )
    arms: dict[str, dict[str, Level]] = Field(default={}, description="named lists of overrides, crossed with the axes")
    labels: dict[str, str] = Field(default={}, description="words for keys, levels and arms in tables and figures")
    quantities: Overrides = Field(default={}, description="other labels or units of quantities")
    label: str = Field(default="", description="the label of its table in LaTeX; by default tab:<name>")
    margin: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="levels that differ by less count as equal: a share of the baseline where ratios are compared, as "
        "for errors, else in the printed unit; null: the quantity's own",
    )
    reference: bool = Field(
        default=True, description="whether reference lines, such as PCA's error, are drawn and printed"
    )


class StudySection(Asked):
    """The whole section as it stands in the file."""

    sizes: dict[str, dict[str, Any]] = Field(description="for each size, the swept keys and their levels")
    published: Published | None = Field(
        default=None, description="a paper's numbers that the study repeats, for narrows published"
    )

    @model_validator(mode="after")
    def _different_quantities(self) -> Self:
        if twice := [name for name in self.metrics if self.metrics.count(name) > 1]:
            raise ValueError(f"metrics=[{','.join(self.metrics)}]: {twice[0]} is listed twice")
        if self.against == self.metrics[0]:
            raise ValueError(f"against={self.against}: is what study.metrics asks about; name another quantity")
        return self

    @model_validator(mode="after")
    def _published_numbers(self) -> Self:
        """Each is a quantity that the study asks about, or a ratio to another number."""
        numbers = self.published.numbers if self.published else {}
        for name, number in numbers.items():
            where, others = f"published.numbers.{name}", [other for other in numbers if other != name]
            if number.quantity not in self.metrics:
                raise ValueError(f"{where}.quantity={number.quantity}: choose from {', '.join(self.metrics)}")
            if number.over is not None and number.over not in others:
                raise ValueError(f"{where}.over={number.over}: choose from {', '.join(others)}")
        return self
