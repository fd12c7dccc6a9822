"""Claim 9: codes are good features."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, higher, lower, means, runs
from narrows.claims.engine.sentences import difference, places
from narrows.report.figures.style import figure, ticks
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import Grid

#: The metric of each measure of features.
MEASURES = {
    "linear probe": "test/probe",
    "nearest neighbours": "test/neighbours",
    "k-means NMI": "test/clusters_nmi",
    "k-means ARI": "test/clusters_ari",
}
FEATURES = {"codes": "", "PCA": "_pca", "pixels": "_pixels"}
PERCENT = Quantity("%", VALUE, 100)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Each measure of codes, components and pixels at each bottleneck, and codes minus components."""
    table, numbers = runs(grids), {}
    for name, metric in MEASURES.items():
        scores = stacked(table, "features", {kind: metric + end for kind, end in FEATURES.items()})
        numbers[name] = means(scores, [BOTTLENECK, "features"], [PERCENT]).drop(columns="quantity")
    against = stacked(table, "measure", {name: (metric, f"{metric}_pca") for name, metric in MEASURES.items()})
    return numbers | {"gaps": gaps(against, ["measure", BOTTLENECK], PERCENT, REFERENCE)}


def judge(numbers: Numbers) -> Verdict:
    """Each measure at each bottleneck is a case."""
    tested = numbers["gaps"]
    better, worse, keys = higher(tested), lower(tested), ["measure", BOTTLENECK]
    return Verdict(
        share(len(better), len(tested)),
        f"Codes are better than as many principal components in {len(better)} of {len(tested)} cases of measure and "
        f"bottleneck ({places(better, keys)}) and worse in {len(worse)} ({places(worse, keys)}); in the others no "
        "difference is shown.",
    )


def headline(numbers: Numbers) -> str:
    """The linear probe's accuracy minus PCA's at the narrowest and the widest bottleneck."""
    probes = numbers["gaps"][numbers["gaps"]["measure"] == next(iter(MEASURES))]
    ends = [probes.loc[index] for index in (probes[BOTTLENECK].idxmin(), probes[BOTTLENECK].idxmax())]
    points = [f"{difference(row)} points of accuracy at {row[BOTTLENECK]:g}" for row in ends]
    return f"linear probe {', '.join(points)} (n = {ends[0]['n']})"


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
        "Codes of plain autoencoders, as many principal components, and all pixels are used as features of the digits: "
        "by logistic regression, by the vote of the 5 nearest training images, and by k-means with ten clusters, which "
        "are compared with the labels. All are fitted on the training images and scored on the test images."
    ),
    rule=(
        "supported: codes score higher than as many principal components in every measure at every bottleneck (paired "
        "t test over seeds, Holm-corrected over all cases); not supported: in none; mixed: in some."
    ),
    studies=("features",),
    captions={
        "linear probe": "Linear probe, test accuracy in %: mean ± half of the 95 % interval over seeds (n).",
        "nearest neighbours": "Five nearest neighbours, test accuracy in %.",
        "k-means NMI": "k-means, normalised mutual information with the labels in %.",
        "k-means ARI": "k-means, adjusted Rand index in %.",
        "gaps": "Codes minus as many principal components, in points (relative to PCA), n seeds.",
    },
    legend="Scores on test images over the bottleneck: means and 95 % bands over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
