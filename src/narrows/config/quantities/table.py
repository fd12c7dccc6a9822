"""All quantities by name, and how a name is looked up."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator

from narrows.config.quantities import (
    code_quantities,
    dictionary_quantities,
    factor_quantities,
    image_quantities,
    run_quantities,
)
from narrows.config.quantities.quantity import Override, Quantity
from narrows.config.scales import UNITS
from narrows.errors import UserError

#: Rows by name, in the order in which they are listed. A `*` in a name, label, reference or complement stands for a
#: number, such as the noise level or the count of labels.
QUANTITIES: dict[str, Quantity] = {
    **run_quantities.ROWS,
    **image_quantities.ROWS,
    **code_quantities.ROWS,
    **dictionary_quantities.ROWS,
    **factor_quantities.ROWS,
}

PIXELS = UNITS["pixels"]
NUMBER = re.compile(r"\d+")
SUGGESTED = 3  # names at most in the message about an unknown one


def quantity(name: str, overrides: Mapping[str, Override] | None = None, data_unit: str = PIXELS) -> Quantity:
    """The row of the quantity `name` for data in the unit `data_unit` of a record, as changed by a study.

    Raises UserError for an unknown name.
    """
    pattern, numbers = NUMBER.sub("*", name), NUMBER.findall(name)
    if name in QUANTITIES and "*" in name:
        raise UserError(f"{name}: write a number in place of *")
    if "*" in name or pattern not in QUANTITIES:
        raise UserError(f"{name}: no such quantity; {_suggestion(name)}")
    row = QUANTITIES[pattern].numbered(name, "".join(numbers))
    if data_unit != PIXELS:
        row = row.in_unit(data_unit)
    return row.changed((overrides or {}).get(name, Override()))


def evaluation_of(name: str) -> str:
    """The evaluation that records the quantity `name`; empty for other quantities and unknown names."""
    row = QUANTITIES.get(NUMBER.sub("*", name))
    return row.evaluation if row else ""


def _suggestion(name: str) -> str:
    """“did you mean test/probe, test/probe_pca?”: names that contain the given one, then names that resemble it."""
    number = next(iter(NUMBER.findall(name)), "*")
    names = [pattern.replace("*", number) for pattern in QUANTITIES]
    containing = sorted((known for known in names if name in known), key=len)
    similar = get_close_matches(name, names, SUGGESTED)
    nearest = list(dict.fromkeys(containing + similar))[:SUGGESTED]
    return f"did you mean {', '.join(nearest)}?" if nearest else "docs/evaluation.md lists them"


def _known_name(name: str) -> str:
    quantity(name)
    return name


def _known_names(overrides: dict[str, Override]) -> dict[str, Override]:
    for name in overrides:
        quantity(name)
    return overrides


#: Types for the section `study`, which refuse unknown quantities.
QuantityName = Annotated[str, AfterValidator(_known_name)]
Overrides = Annotated[dict[str, Override], AfterValidator(_known_names)]
