"""Claim 3: the activation changes feature quality and the smoothness of reconstructions."""

from collections.abc import Mapping
from dataclasses import replace

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_halves_equal, expect_reversed
from narrows.claims.engine.differing import PlannedTest
from narrows.claims.engine.evidence import Evidence, Half, Numbers, Strongest
from narrows.claims.engine.gates import converged
from narrows.claims.engine.measure import MSE, VALIDATION, Quantity, differences, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.report.figures.style import HEIGHT, WIDTH, figure
from narrows.stats.grid import Grid

ACTIVATION, RATE, BASELINE, LINEAR = "model.activation", "optimizer.lr", "relu", "identity"
PROBE, PATH = "test/probe", "test/path_length"
ACCURACY, LENGTH = Quantity("probe accuracy, %", PROBE, 100), Quantity("path length", PATH)
QUANTITIES = [
    MSE,
    ACCURACY,
    Quantity("dead units, %", "test/dead_units", 100),
    LENGTH,
    Quantity("path peak", "test/path_peak"),
    Quantity("Jacobian norm", "test/jacobian_norm"),
    Quantity("learning rate", RATE),
]
PAIR = Planned(quantity(PROBE), "the activation of lowest validation error", BASELINE, "with 8 numbers")
PLANNED = PlannedTest("the activation", PAIR)
ERROR = Planned(quantity(MSE.metric), LINEAR, BASELINE, "with 8 numbers")
#: Lengths are compared by their ratio; a twentieth of a path cannot be seen in its images.
SMOOTHNESS = PlannedTest("the activation", replace(PAIR, quantity=replace(quantity(PATH), scale="log", margin=0.05)))


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """All activations, each at the learning rate with its lowest validation error."""
    table = tuned(runs(grids), [ACTIVATION], [RATE])
    accuracies, lengths = (
        {str(name): scores(rows, metric) for name, rows in table.groupby(ACTIVATION, sort=False) if name != LINEAR}
        for metric in (PROBE, PATH)
    )
    pca = scores(table, f"{PROBE}_pca", {ACTIVATION: BASELINE})
    linear, relu = (scores(table, ERROR.quantity.name, {ACTIVATION: name}) for name in (LINEAR, BASELINE))
    chosen = _chosen(table)
    smoothness = SMOOTHNESS.test(lengths)
    return Evidence(
        primary=PLANNED.test(accuracies),
        strongest=Strongest(
            f"PCA, against {chosen}", replace(PAIR, level=chosen, baseline="PCA").compare(accuracies[chosen], pca)
        ),
        controls=[
            expect_reversed(f"test MSE of no activation ({LINEAR}) against {BASELINE}", ERROR.compare(linear, relu)),
            expect_halves_equal(accuracies[BASELINE], replace(PAIR, level=BASELINE)),
        ],
        gates=[converged(grids, table[table[ACTIVATION] != LINEAR], ACTIVATION)],
        tables=_tables(table),
        other=Half("smoothness", smoothness),
    )


def _chosen(table: DataFrame) -> str:
    """The non-linear activation with the lowest mean validation error."""
    nonlinear = table[table[ACTIVATION] != LINEAR]
    return str(nonlinear.groupby(ACTIVATION)[VALIDATION].mean().idxmin())


def _tables(table: DataFrame) -> Numbers:
    return {
        "means": means(table, [ACTIVATION], QUANTITIES),
        "features": differences(table, [], ACCURACY, ACTIVATION, BASELINE),
        "smoothness": differences(table, [], LENGTH, ACTIVATION, BASELINE),
        "error": differences(table, [], MSE, ACTIVATION, BASELINE),
    }


def draw(numbers: Numbers) -> Figure:
    drawn, rows = figure(WIDTH * 1.1, HEIGHT * 1.2), numbers["means"]
    for axes, shown in zip(drawn.subplots(2, 2, sharex=True).flat, QUANTITIES[:4], strict=True):
        chart.dots(axes, rows[rows["quantity"] == shown.label], ACTIVATION)
        axes.set_title(shown.label, fontsize="medium")
        axes.tick_params(axis="x", rotation=90)
    return drawn


CLAIM = Claim(
    number=3,
    name="activations",
    sentence="The activation changes feature quality and the smoothness of reconstructions.",
    protocol=(
        "All activations in the same autoencoder with a cosine schedule, each at the learning rate of two with the "
        "lower validation error. Feature quality: test accuracy of a linear classifier on the codes (probe). "
        "Smoothness: images decoded along straight lines between codes of test images; the length of their path over "
        "the distance of its ends (1 is straight), its longest step over the mean step, and the norm of the decoder's "
        "Jacobian scaled by the spread of the codes. Also the test error and dead units. Hidden layers without an "
        "activation (identity) are the negative control."
    ),
    planned=PLANNED,
    studies=("activations",),
    captions={
        "means": "Mean ± half of the 95 % interval (n). Dead units: share of hidden units that respond "
        "to all images alike.",
        "features": "Probe accuracy minus relu's, points.",
        "smoothness": "Path length minus relu's.",
        "error": "Test MSE × 10⁻³ minus relu's (ratio of geometric means minus 1).",
    },
    legend="Each activation: test error, accuracy of a linear probe on the codes, dead units and path length.",
    evidence=evidence,
    draw=draw,
)
