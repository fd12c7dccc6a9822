"""A row of the table of quantities, and what a study may change of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import log10
from typing import Literal, Self

from pydantic import Field

from narrows.config.scales import BINARY
from narrows.config.slots import Section


@dataclass(frozen=True)
class Quantity:
    """How a recorded number is reported.

    `label` names it; `unit` is that of the printed number, which is the recorded one times `factor`; at most `decimals`
    places of it are printed. `better` is the direction of improvement, empty if there is none. On the scale `log`, axes
    are logarithmic and levels are compared by their ratio; on `linear`, by their difference. `average` is the average
    over seeds. `reference` names a quantity that is drawn as its reference line, under `reference_label`.

    A quantity that is not recorded itself is computed from recorded ones: as 1 − x of the one that `complement` names,
    or by `formula` from a run's numbers by name.

    `data_power` is the power of the data's unit in the recorded number: 2 for squared errors, 0 for accuracies.
    Levels count as equal if they differ by less than `margin`: a share of the baseline on the scale `log`, else in the
    printed unit; 0 if nothing is called equal unless a study states a margin.

    `likelihood`: it is a bound on the likelihood of the data, which is comparable between grey and binarised pixels
    no more than between two data sets; its label says which they are.

    `evaluation` names the evaluation that records it; other quantities are recorded by every run or under `condition`.
    """

    label: str
    better: Literal["lower", "higher", ""] = ""
    unit: str = ""
    factor: float = 1.0
    scale: Literal["linear", "log"] = "linear"
    average: Literal["mean", "geometric mean"] = "mean"
    decimals: int = 4
    reference: str = ""
    reference_label: str = ""
    complement: str = ""
    formula: Callable[[Mapping[str, float]], float] | None = None
    data_power: Literal[0, 1, 2] = 0
    margin: float = 0.0
    likelihood: bool = False
    evaluation: str = ""
    condition: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """The label with its unit in brackets, for axes and heads of columns: “test MSE (10⁻³)”."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    @property
    def recorded_by(self) -> str:
        """What a run needs to record it, in the words of the command line: “evaluation=[reconstruction,probe]”."""
        if self.evaluation and self.evaluation != "reconstruction":  # which every run has
            return f"evaluation=[reconstruction,{self.evaluation}]"
        return self.condition or "every run"

    def value(self, recorded: Mapping[str, float]) -> float | None:
        """The quantity of a run with these recorded numbers, not yet times `factor`; None if the run has none."""
        try:
            if self.complement:
                return 1 - recorded[self.complement]
            return self.formula(recorded) if self.formula else recorded[self.name]
        except KeyError:
            return None

    def numbered(self, name: str, number: str) -> Self:
        """The row called `name`, with `number` in place of each `*` of its texts."""
        texts = {field: getattr(self, field).replace("*", number) for field in ("label", "reference", "complement")}
        return replace(self, name=name, **texts)

    def in_unit(self, unit: str) -> Self:
        """The row for data in another unit than grey pixels: binarised ones, or numbers of any magnitude."""
        if unit == BINARY:
            return replace(self, label=self.label.replace("not binarised", "binarised"))
        match self.data_power:
            case 0:
                return self
            case 1:
                return replace(self, unit=unit, factor=1.0, decimals=4)
            case 2:
                return replace(self, unit=f"{unit}, squared", factor=1.0, decimals=4)

    def changed(self, override: "Override") -> Self:
        """The row as a study changes it; another factor moves the decimal point of `decimals` and of a margin."""
        fields = override.model_dump(exclude_none=True)
        if override.factor:
            ratio = override.factor / self.factor
            margin = self.margin if self.scale == "log" else self.margin * ratio
            fields |= {"decimals": max(0, self.decimals - round(log10(ratio))), "margin": margin}
        return replace(self, **fields)


class Override(Section):
    """What a study may change of a quantity; `factor` belongs to a changed unit."""

    label: str | None = Field(default=None, description="its name in tables and figures")
    unit: str | None = Field(default=None, description="the unit of the printed numbers")
    factor: float | None = Field(default=None, description="printed number over recorded number", gt=0)
