"""Claim 12: it works on any numerical data."""

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import strongest
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_equal, expect_halves_equal
from narrows.claims.engine.evidence import Evidence, Numbers
from narrows.claims.engine.gates import converged
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.config.study_section import ARM
from narrows.report.figures.style import GREY, figure
from narrows.stats.contrast import Scores
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import PCA, TEST_MSE, Grid

#: The kind of data of each study.
KINDS = {
    "own_table": "table: a survey",
    "own_images": "images: photographs",
    "own_series": "series: a pulse",
    "own_texts": "texts: a changelog",
}
DATA, RATE, NONLINEAR, LINEAR = "data", "optimizer.lr", "autoencoder", "linear"
RATIO, ONE = "ratio", "one"
ERROR = Quantity("test MSE, % of PCA's", RATIO, 100, "log")
PLANNED = Planned(
    replace(quantity(TEST_MSE), label="test MSE (geometric mean)"),
    NONLINEAR,
    "PCA",
    "over four data sets and two bottlenecks",
)


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Errors as ratios to those of PCA with as many numbers, since the data sets have different units."""
    every = runs(grids, [RATE, BOTTLENECK])
    every = every.assign(**{DATA: every["study"].map(KINDS), RATIO: every[TEST_MSE] / every[PCA], ONE: 1.0})
    table = tuned(every, [ARM, DATA, BOTTLENECK], [RATE])
    trained = table[table[ARM] == NONLINEAR]
    ratios = {str(arm): _pooled(rows) for arm, rows in table.groupby(ARM)}
    exact = np.ones_like(ratios[NONLINEAR])
    return Evidence(
        primary=PLANNED.compare(ratios[NONLINEAR], exact),
        strongest=strongest(PLANNED, ratios[NONLINEAR], {"PCA": exact, "a linear autoencoder": ratios[LINEAR]}),
        controls=[
            expect_equal(
                "linear autoencoder against PCA", PLANNED.compare(ratios[LINEAR], np.ones_like(ratios[LINEAR]))
            ),
            expect_halves_equal(ratios[NONLINEAR], PLANNED),
        ],
        gates=[converged(grids, trained, DATA)],
        tables=_tables(table),
        further=[_where(trained)],
    )


def _pooled(rows: DataFrame) -> Scores:
    """The geometric mean over data sets and bottlenecks for each seed, (seeds,)."""
    pooled: Scores = np.exp(np.log(rows[RATIO]).groupby(rows[SEED]).mean()).to_numpy(float)
    return pooled


def _where(trained: DataFrame) -> str:
    """On how many data sets and bottlenecks the error is shown to be below or above PCA's."""
    compared = gaps(trained, [DATA, BOTTLENECK], ERROR, ONE)
    counts = {word: int((compared["verdict"] == word).sum()) for word in ("lower", "higher")}
    return (
        f"Of {len(compared)} cases of data and bottleneck the error is below PCA's in {counts['lower']} and above it "
        f"in {counts['higher']} (Holm's correction over these)."
    )


def _tables(table: DataFrame) -> Numbers:
    trained = table[table[ARM] == NONLINEAR]
    return {
        "errors": means(table, [DATA, BOTTLENECK, ARM], [ERROR]).drop(columns="quantity"),
        "gaps": gaps(trained, [DATA, BOTTLENECK], ERROR, ONE).assign(relative=nan),  # the differences are shares
    }


def draw(numbers: Numbers) -> Figure:
    errors = numbers["errors"][numbers["errors"][ARM] == NONLINEAR]
    order = errors.groupby(DATA, sort=False).cumcount()
    drawn = figure()
    axes = drawn.add_subplot()
    chart.dots(axes, errors.assign(code=np.where(order == 0, "narrow", "wide")), DATA, "code")
    axes.axhline(100, color=GREY, ls="--", label="PCA")
    axes.set_ylabel("test MSE, % of PCA's")
    axes.legend(title="code")
    return drawn


CLAIM = Claim(
    number=12,
    name="own_data",
    sentence="It works on any numerical data.",
    protocol=(
        "One architecture (a hidden layer of 64 units, GELU), with the learning rate of two that has the lower "
        "validation error, on four kinds of data that Python packages contain: a survey's table (statsmodels), patches "
        "of photographs (scikit-image), windows of a pulse (HeartPy), bags of words (paragraphs of Lightning's "
        "changelog, without headings and repetitions). The table, the images and the series are standardised by the "
        "training split. A fifth of each is the test split, selected by a fixed permutation. Overlap of the splits: 99 "
        "of the survey's 1,273 test rows have an equal training row (its answers are small whole numbers), and no row "
        "of the other data has; windows do not overlap, but windows next to each other in time are in both splits. PCA "
        "has as many components, the same training rows and the same units. A linear autoencoder is the control: "
        "converged, it is PCA."
    ),
    planned=PLANNED,
    studies=tuple(KINDS),
    captions={
        "errors": "Test MSE as % of PCA's: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE minus PCA's, in % of PCA's (negative: below PCA's); n seeds.",
    },
    legend="Test error as % of PCA's with as many numbers: narrow codes have 2 numbers, wide ones 8 (4 for the table).",
    evidence=evidence,
    draw=draw,
)
