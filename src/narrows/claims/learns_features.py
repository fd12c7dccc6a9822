"""Claim 9: codes are good features."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores, strongest, turn
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_halves_equal, expect_reversed
from narrows.claims.engine.evidence import Evidence, Numbers, Turn
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.report.figures.style import figure, ticks
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import Grid

RATE, WIDTH = "optimizer.lr", 8
TRAINED, RANDOM = "features", "features_random"
PROBE = "test/probe"
#: The metric of each measure of features.
MEASURES = {
    "linear probe": PROBE,
    "nearest neighbours": "test/neighbours",
    "k-means NMI": "test/clusters_nmi",
    "k-means ARI": "test/clusters_ari",
}
FEATURES = {"codes": "", "PCA": "_pca", "pixels": "_pixels"}
PERCENT = Quantity("%", VALUE, 100)
PLANNED = Planned(quantity(PROBE), "codes", "PCA", f"with {WIDTH} numbers")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Codes of trained encoders against principal components, random encoders and pixels."""
    table = tuned(runs({TRAINED: grids[TRAINED]}), [BOTTLENECK], [RATE])
    untrained = runs({RANDOM: grids[RANDOM]})
    cell = table[table[BOTTLENECK] == WIDTH]
    codes, random = scores(cell, PROBE), scores(untrained, PROBE, {BOTTLENECK: WIDTH})
    features = {name: scores(cell, PROBE + end) for name, end in FEATURES.items() if end}
    return Evidence(
        primary=PLANNED.compare(codes, features["PCA"]),
        strongest=strongest(PLANNED, codes, features | {"a random encoder": random}),
        controls=[
            expect_reversed("codes of a random encoder against those of a trained one", PLANNED.compare(random, codes)),
            expect_halves_equal(codes, PLANNED),
        ],
        gates=[converged(grids, cell.assign(arm="codes"))],
        tables=_tables(untrained, table),
        turns=[_turn(table, name, metric) for name, metric in MEASURES.items()],
    )


def _turn(table: DataFrame, name: str, metric: str) -> Turn:
    """Where codes become better, or worse, than as many components along the bottleneck."""
    pairs = {width: (scores(rows, metric), scores(rows, f"{metric}_pca")) for width, rows in table.groupby(BOTTLENECK)}
    return turn(f"bottleneck ({name})", PLANNED, pairs)


def _tables(untrained: DataFrame, table: DataFrame) -> Numbers:
    """Each measure of codes, random codes, components and pixels at each bottleneck, and codes minus components."""
    numbers = {}
    for name, metric in MEASURES.items():
        features = stacked(table, "features", {kind: metric + end for kind, end in FEATURES.items()})
        numbers[name] = means(features, [BOTTLENECK, "features"], [PERCENT]).drop(columns="quantity")
    against = stacked(table, "measure", {name: (metric, f"{metric}_pca") for name, metric in MEASURES.items()})
    random = stacked(untrained, "measure", MEASURES)
    return numbers | {
        "random": means(random, [BOTTLENECK, "measure"], [PERCENT]).drop(columns="quantity"),
        "gaps": gaps(against, ["measure", BOTTLENECK], PERCENT, REFERENCE),
    }


def draw(numbers: Numbers) -> Figure:
    drawn = figure(height=5.2)
    for axes, name in zip(drawn.subplots(2, 2).flat, MEASURES, strict=True):
        chart.lines(axes, numbers[name], BOTTLENECK, "features")
        axes.set(xscale="log", title=name, xlabel="bottleneck", ylabel="%")
        ticks(axes.xaxis, sorted(numbers[name][BOTTLENECK].unique()))
    drawn.axes[0].legend()
    return drawn


CLAIM = Claim(
    number=9,
    name="features",
    sentence="Codes are good features.",
    protocol=(
        "Codes of plain autoencoders, at the learning rate of two with the lower validation error, those of "
        "encoders that are not trained, as many principal components, and all pixels are used as features of the "
        "digits: by logistic regression, by the vote of the 5 nearest training images, and by k-means with ten "
        "clusters, which are compared with the labels. All are fitted on the training images and scored on the test "
        "images."
    ),
    planned=PLANNED,
    studies=(TRAINED, RANDOM),
    captions={
        "linear probe": "Linear probe, test accuracy in %: mean ± half of the 95 % interval over seeds (n).",
        "nearest neighbours": "Five nearest neighbours, test accuracy in %.",
        "k-means NMI": "k-means, normalised mutual information with the labels in %.",
        "k-means ARI": "k-means, adjusted Rand index in %.",
        "random": "The same measures for codes of encoders that are not trained, in %.",
        "gaps": "Codes minus as many principal components, in points (relative to PCA), n seeds.",
    },
    legend="Scores on test images over the bottleneck: means and 95 % bands over seeds.",
    evidence=evidence,
    draw=draw,
)
