"""Compares baselines measured here with published numbers."""

from collections.abc import Mapping, Sequence

from pandas import DataFrame

from narrows.claims.engine.claim import Claim, Reference
from narrows.claims.engine.evidence import Numbers
from narrows.report.numbers import NOTHING
from narrows.stats.grid import Grid

NOTES = (
    "Different training images can give different numbers. The published numbers are for MNIST's own files, scored on "
    "the same 10,000 test images: PCA with 30 components has the squared error of 13.87 per image that Hinton & "
    "Salakhutdinov 2006 print; one class is the setting of Ruff et al. 2018, on raw pixels. PCA is not clipped to "
    "[0, 1] here; the table of claim 1 has its clipped errors as well, and in claims 6 and 10 everything is clipped."
)


def comparison(measured: Sequence[tuple[Claim, Numbers]], grids: Mapping[str, Grid]) -> DataFrame:
    """A row for each reference of these claims that occurs in their numbers; `grids` are their studies by name."""
    rows = [
        (reference.quantity, f"{reference.number}", reference.images, f"{mean:#.4g}", _images(grids, reference.study))
        for claim, numbers in measured
        for reference in claim.references
        for mean in _means(reference, numbers)
    ]
    return DataFrame(rows, columns=["baseline", "published", "training images", "here", "training images here"])


def _means(reference: Reference, numbers: Numbers) -> list[float]:
    """The mean in the row of the reference, empty if there is no such row."""
    rows = numbers.get(reference.table, DataFrame(columns=["mean"]))
    for key, level in reference.row.items():
        rows = rows[rows[key] == level] if key in rows else rows[:0]
    return list(rows["mean"])


def _images(grids: Mapping[str, Grid], study: str) -> str:
    """The number of training images of the study's runs, from the smallest to the largest."""
    if not study:
        return NOTHING
    sizes = sorted({record.data.train for record in grids[study].finished})
    return " to ".join(f"{size:,}" for size in dict.fromkeys([sizes[0], sizes[-1]]))
