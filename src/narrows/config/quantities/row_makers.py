"""Rows that several evaluations have in common: percentages, squared errors, baselines, complements."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from narrows.config.quantities.quantity import Quantity

Rows = dict[str, Quantity]

#: The suffix of a baseline in names of quantities, and its words.
PCA = {"pca": "PCA"}
PCA_AND_PIXELS = PCA | {"pixels": "pixels"}


def percentage(label: str, better: Literal["lower", "higher", ""] = "higher") -> Quantity:
    """The row of a share in [0, 1], printed in per cent."""
    return Quantity(label, better, "%", 100, decimals=2, margin=1)


def squared_error(label: str, better: Literal["lower", ""] = "lower") -> Quantity:
    """The row of a squared error per pixel. Errors of the default model on digits are some hundredths."""
    return Quantity(label, better, "10⁻³", 1000, "log", decimals=3, data_power=2, margin=0.05)


def with_error(name: str, accuracy: Quantity, label: str) -> Rows:
    """An accuracy, and the error <name>_error that it is the complement of."""
    reference = f"{accuracy.reference}_error" if accuracy.reference else ""
    error = replace(accuracy, label=label, better="lower", reference=reference, complement=name)
    return {name: accuracy, f"{name}_error": error}


def with_baselines(rows: Rows, baselines: Mapping[str, str]) -> Rows:
    """The rows, and the same quantities of other methods as <name>_<suffix>; the first method is the reference."""
    table: Rows = {}
    first = next(iter(baselines))
    for name, row in rows.items():
        table[name] = replace(row, reference=f"{name}_{first}", reference_label=baselines[first])
        for suffix, words in baselines.items():
            complement = f"{row.complement}_{suffix}" if row.complement else ""
            table[f"{name}_{suffix}"] = replace(row, label=f"{row.label}, {words}", complement=complement)
    return table


def measured_by(evaluation: str, rows: Rows) -> Rows:
    """The rows of an evaluation under the names of its quantities in a record: test/<quantity>."""
    return {
        _in_record(name): replace(
            row,
            evaluation=evaluation,
            reference=_in_record(row.reference),
            complement=_in_record(row.complement),
        )
        for name, row in rows.items()
    }


def _in_record(quantity: str) -> str:
    return f"test/{quantity}" if quantity else ""
