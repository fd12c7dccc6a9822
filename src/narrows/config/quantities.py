"""The table of quantities: everything that a run records as a number, with the words and rules to report it.

A study asks about one of them (`study.metrics`), and may give it another label or unit. Means, tests, tables, figures
and TensorBoard's HPARAMS read label, unit, direction and scale here and nowhere else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from narrows.config.slots import Section
from narrows.errors import UserError


@dataclass(frozen=True)
class Quantity:
    """How a recorded number is reported.

    `label` names it; `unit` is that of the printed number, which is the recorded one times `factor`; at most `decimals`
    places of it are printed. `better` is the direction of improvement, empty if there is none. On the scale `log`, axes
    are logarithmic and levels are compared by their ratio; on `linear`, by their difference. `average` is the average
    over seeds. `reference` names a recorded quantity that is drawn as its reference line, under `reference_label`.
    `complement` names a recorded quantity x that this one is 1 − x of.
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
    name: str = ""

    @property
    def title(self) -> str:
        """The label with its unit in brackets, for axes and heads of columns: “test MSE (10⁻³)”."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


class Override(Section):
    """What a study may change of a quantity; `factor` belongs to a changed unit."""

    label: str | None = Field(default=None, description="its name in tables and figures")
    unit: str | None = Field(default=None, description="the unit of the printed numbers")
    factor: float | None = Field(default=None, description="printed number over recorded number", gt=0)


#: Rows by name; in a name, `*` stands for a word that an evaluation puts there, `{0}` in the label for that word.
QUANTITIES = {
    "test/mse": Quantity("test MSE", "lower", "10⁻³", 1000, "log", reference="pca/mse", reference_label="PCA"),
    "run/seconds": Quantity("training time", "lower", "s", scale="log", decimals=1),
    "run/parameters": Quantity("parameters", "", scale="log", decimals=0),
}


def quantity(name: str, overrides: Mapping[str, Override] | None = None) -> Quantity:
    """The row of the quantity `name`, as changed by a study. Raises UserError for an unknown name."""
    changes = (overrides or {}).get(name, Override()).model_dump(exclude_none=True)
    for pattern, row in QUANTITIES.items():
        if words := re.fullmatch(re.escape(pattern).replace(r"\*", "(.+)"), name):
            return replace(row, name=name, label=row.label.format(*words.groups()), **changes)
    raise UserError(f"{name}: no such quantity; choose from {', '.join(QUANTITIES)}")
