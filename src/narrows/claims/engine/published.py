"""Baselines measured here beside numbers of reference: what others print, and what all of MNIST gives."""

from collections.abc import Mapping
from typing import NamedTuple

from pandas import DataFrame

from narrows.claims.engine.claim import Numbers
from narrows.claims.finds_anomalies import DIGIT
from narrows.report.numbers import NOTHING
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import Grid


class Reference(NamedTuple):
    """A number that others found, and the row of a claim's table, by its keys, that measures the same here.

    `images` are its training images; those of ours are the `study`'s, empty where none are needed.
    """

    what: str
    number: float
    images: str
    claim: str
    study: str
    table: str
    at: Mapping[str, float | str]


#: Computed from MNIST's files, all 10,000 test images scored. PCA, exact and not cut: with 30 components its squared
#: error is 13.87 an image, as Hinton & Salakhutdinov 2006 (Science 313:504) print. One class: the setting of Ruff et
#: al. 2018 (ICML), on raw pixels. Lossless sizes: gzip of one stream, PNG and WebP image by image.
ALL = "60,000"
DIGITS = "all of a digit, 5,421 to 6,742"
ONE_CLASS = "mean AUROC over ten digits, %"
REFERENCES = (
    *(
        Reference(f"PCA-{k}: test MSE × 10⁻³", mse, ALL, "pca", "pca_linear", "errors", {BOTTLENECK: k, "model": "PCA"})
        for k, mse in {2: 55.67, 8: 37.44, 32: 16.83, 128: 4.205}.items()
    ),
    *(
        Reference(
            f"{name}: {ONE_CLASS}", area, images, "anomaly", "anomaly", "auroc", {"setting": DIGIT, "detector": row}
        )
        for name, row, area, images in (
            ("PCA-32", "PCA", 95.5, DIGITS),
            ("nearest training image", "nearest neighbour", 95.4, "at most 5,000 of a digit"),
        )
    ),
    *(
        Reference(
            f"{name}: bits per pixel", bits, NOTHING, "compression", "", "rates",
            {"way": name, "quantity": "bits per pixel"},
        )
        for name, bits in {"gzip": 1.635, "PNG": 2.796, "WebP, lossless": 2.099}.items()
    ),
)  # fmt: skip

NOTES = (
    "Where the training images differ, so may the numbers. Those of reference are of MNIST's files alone, scored on "
    "the same 10,000 test images: PCA-30 comes to the 13.87 squared error an image that Hinton & Salakhutdinov 2006 "
    "print; one class is the setting of Ruff et al. 2018, on raw pixels. PCA is not cut to [0, 1], while the outputs "
    "of non-linear autoencoders pass a sigmoid: cut, its errors from 60,000 images would be 55.5, 36.4, 15.2 and 3.40 "
    "× 10⁻³ at 2, 8, 32 and 128 components. In claims 6 and 10 everything is cut."
)


def beside(numbers: Mapping[str, Numbers], grids: Mapping[str, Grid]) -> DataFrame:
    """A row for each reference that a claim, by its name in `numbers`, measured; `grids` are those of its studies."""
    rows = [
        (one.what, f"{one.number}", one.images, f"{mean:#.4g}", _images(grids, one.study))
        for one in REFERENCES
        for mean in _measured(one, numbers.get(one.claim, {}))
    ]
    return DataFrame(rows, columns=["baseline", "reference", "training images", "here", "training images here"])


def _measured(reference: Reference, numbers: Numbers) -> list[float]:
    """The mean that stands in the reference's row, none where there is no such row."""
    found = numbers.get(reference.table, DataFrame(columns=["mean"]))
    for key, level in reference.at.items():
        found = found[found[key] == level] if key in found else found[:0]
    return list(found["mean"])


def _images(grids: Mapping[str, Grid], study: str) -> str:
    """How many a run of the study has, from the fewest to the most."""
    if not study:
        return NOTHING
    sizes = sorted({entry.data.train for entry in grids[study].records.values() if entry.status == "done"})
    return " to ".join(f"{size:,}" for size in dict.fromkeys([sizes[0], sizes[-1]]))
