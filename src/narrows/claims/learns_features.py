"""Claim 9: codes are good features."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, places, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.report.figures.style import figure, ticks
from narrows.report.numbers import spread
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import Grid

#: How features are measured, and by which metric.
MEASURES = {
    "linear probe": "test/probe",
    "nearest neighbours": "test/neighbours",
    "k-means NMI": "test/clusters_nmi",
    "k-means ARI": "test/clusters_ari",
}
FEATURES = {"codes": "", "PCA": "_pca", "pixels": "_pixels"}
PERCENT = Quantity("%", VALUE, 100)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Each measure of codes, components and pixels at each bottleneck, and the differences between the first two."""
    table = runs(grids)
    parts = {name: {kind: metric + end for kind, end in FEATURES.items()} for name, metric in MEASURES.items()}
    scores = [means(stacked(table, "features", kinds), [BOTTLENECK, "features"], [PERCENT]) for kinds in parts.values()]
    against = stacked(table, "measure", {name: (metric, f"{metric}_pca") for name, metric in MEASURES.items()})
    return {
        **{name: found.drop(columns="quantity") for name, found in zip(parts, scores, strict=True)},
        "gaps": gaps(against, ["measure", BOTTLENECK], PERCENT, REFERENCE),
    }


def judge(numbers: Numbers) -> Verdict:
    """Each measure at each bottleneck is a case."""
    tested = numbers["gaps"]
    better, worse = (tested[tested["verdict"] == word] for word in ("higher", "lower"))
    keys = ["measure", BOTTLENECK]
    return Verdict(
        share(len(better), len(tested)),
        f"Codes are better than as many principal components in {len(better)} of {len(tested)} cases of measure and "
        f"bottleneck ({places(better, keys)}) and worse in {len(worse)} ({places(worse, keys)}); elsewhere no "
        "difference is shown.",
    )


def headline(numbers: Numbers) -> str:
    """The probe against PCA's at the narrowest and the widest bottleneck."""
    probes = numbers["gaps"][numbers["gaps"]["measure"] == next(iter(MEASURES))]
    ends = [probes.loc[index] for index in (probes[BOTTLENECK].idxmin(), probes[BOTTLENECK].idxmax())]
    return "linear probe " + ", ".join(
        f"{spread(row['difference'], row['ci95'])} points of accuracy at {row[BOTTLENECK]:g}" for row in ends
    ) + f" (n = {ends[0]['n']})"  # fmt: skip


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
        "Codes of plain autoencoders, as many principal components and all pixels as features of the digits: a "
        "logistic regression, the vote of the 5 nearest training images, and k-means with ten clusters against the "
        "labels. Classifiers and clusters are fitted on the training images and scored on the test images."
    ),
    rule=(
        "supported: codes score higher than as many principal components in every measure at every bottleneck (paired "
        "t test over seeds, Holm-corrected over all cases); not supported: in none; mixed: between."
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
