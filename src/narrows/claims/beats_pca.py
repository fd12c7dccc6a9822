"""Claim 1: an autoencoder beats PCA at the same bottleneck."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores, turn
from narrows.claims.engine.claim import Claim, Reference
from narrows.claims.engine.controls import expect_equal, expect_halves_equal
from narrows.claims.engine.evidence import Evidence, Numbers, Strongest, Turn
from narrows.claims.engine.gates import converged
from narrows.claims.engine.measure import MSE, Quantity, gaps, means, runs
from narrows.claims.engine.planned import Compared, Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.config.study_section import ARM
from narrows.report.figures.style import GREY, figure, plain, ticks
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import PCA, TEST_MSE, Grid

RATE = "optimizer.lr"
EXACT, CUT = "PCA", "PCA, clipped to [0, 1]"
CUT_MSE = "pca/mse_clipped"
EXACTS = {EXACT: PCA, CUT: CUT_MSE}  # the metric of each
CHOSEN = Quantity("learning rate", RATE)
LINEAR, KIND, WIDTH = "linear", "deep", 8
NONLINEAR = ("shallow", "deep")
PLANNED = Planned(quantity(TEST_MSE), KIND, CUT, f"at {WIDTH} numbers")
AS_PCA = Planned(quantity(TEST_MSE), LINEAR, EXACT, f"at {WIDTH} numbers")  # the control's contrast


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Each kind at the learning rate with its lowest validation error, against PCA at each bottleneck."""
    table = tuned(runs(grids), [ARM, BOTTLENECK], [RATE])
    primary, linear = _compared(table, PLANNED, CUT_MSE), _compared(table, AS_PCA, PCA)
    return Evidence(
        primary=primary,
        strongest=Strongest(CUT, primary),
        controls=[
            # converged, a linear autoencoder is PCA (Baldi & Hornik 1989)
            expect_equal(f"{LINEAR} autoencoder against {EXACT}", linear),
            expect_halves_equal(scores(table, TEST_MSE, {ARM: KIND, BOTTLENECK: WIDTH}), PLANNED),
        ],
        gates=[converged(grids, table[table[ARM] == KIND])],
        tables=_tables(table),
        turns=[_turn(table, kind) for kind in NONLINEAR],
    )


def _compared(table: DataFrame, planned: Planned, reference: str) -> Compared:
    """The planned kind against the metric `reference` of the same runs, at the planned bottleneck."""
    cell = {ARM: planned.level, BOTTLENECK: WIDTH}
    return planned.compare(scores(table, TEST_MSE, cell), scores(table, reference, cell))


def _turn(table: DataFrame, kind: str) -> Turn:
    """Where the kind becomes better, or worse, than PCA along the bottleneck."""
    cells = table[table[ARM] == kind].groupby(BOTTLENECK)
    pairs = {width: (scores(rows, TEST_MSE), scores(rows, CUT_MSE)) for width, rows in cells}
    return turn(f"bottleneck ({kind})", PLANNED, pairs)


def _tables(table: DataFrame) -> Numbers:
    exact = table.drop_duplicates([BOTTLENECK, SEED])
    baselines = [exact.assign(arm=name, **{TEST_MSE: exact[metric]}) for name, metric in EXACTS.items()]
    errors = means(pd.concat([table, *baselines]), [BOTTLENECK, ARM], [MSE])
    return {
        "errors": errors.drop(columns="quantity"),
        "gaps": gaps(table, [ARM, BOTTLENECK], MSE, CUT_MSE),
        "rates": means(table, [ARM, BOTTLENECK], [CHOSEN]).drop(columns="quantity"),
    }


def draw(numbers: Numbers) -> Figure:
    drawn = figure()
    axes, errors = drawn.add_subplot(), numbers["errors"].sort_values(BOTTLENECK)
    chart.lines(axes, errors[~errors[ARM].isin(EXACTS)], BOTTLENECK, ARM)
    for name, style in zip(EXACTS, (":", "--"), strict=True):
        exact = errors[errors[ARM] == name]
        axes.plot(exact[BOTTLENECK], exact["mean"], color=GREY, ls=style, label=name)
    axes.set(xscale="log", yscale="log", xlabel="bottleneck (numbers in the code)", ylabel=MSE.label)
    ticks(axes.xaxis, list(exact[BOTTLENECK]))
    plain(axes.yaxis)
    axes.legend()
    return drawn


CLAIM = Claim(
    number=1,
    name="pca",
    sentence="An autoencoder beats PCA at the same bottleneck.",
    protocol=(
        "Linear, shallow (one hidden layer) and deep autoencoders at several bottlenecks, with a cosine schedule and "
        "the learning rate of two that has the lower validation loss, compared with PCA with as many components, "
        "fitted exactly to the same training images and scored on the same test images. PCA's reconstructions are cut "
        "to [0, 1], as a sigmoid does it with those of the non-linear autoencoders. The linear autoencoder is the "
        "control: converged, it is PCA without the cut."
    ),
    planned=PLANNED,
    studies=("pca",),
    captions={
        "errors": "Test MSE × 10⁻³ (pixels in [0, 1]): mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE × 10⁻³ minus that of PCA cut to [0, 1] (ratio of geometric means minus 1), n seeds.",
        "rates": "Learning rate with the lowest mean validation error.",
    },
    legend="Test error over the bottleneck: means and 95 % bands over seeds. Grey: PCA, dashed where it is cut.",
    evidence=evidence,
    draw=draw,
    references=tuple(
        Reference(f"PCA-{k}: test MSE × 10⁻³", mse, "60,000", "pca", "errors", {BOTTLENECK: k, ARM: EXACT})
        for k, mse in {2: 55.67, 8: 37.44, 32: 16.83, 128: 4.205}.items()
    ),  # exact and not cut, computed from MNIST's files, all 10,000 test images scored
)
