"""Claim 11: for generation, use a variational autoencoder."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import VALUE, places
from narrows.claims.engine.measure import Quantity, differences, means, runs
from narrows.report.figures.style import figure, plain
from narrows.report.numbers import spread
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import Grid

BETA = "objective.weights.kl"
VAE = "VAE, prior"
PLAIN = {"plain, normal": "prior", "plain, Gaussian": "gaussian", "plain, mixture": "mixture"}
RIVALS = ("plain, Gaussian", "plain, mixture")
REAL = "real digits"
ACCURACY = Quantity("%", "test/generation_accuracy", 100)
QUANTITIES = {"frechet": 1, "precision": 100, "recall": 100}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Distance, precision and recall of each way to draw codes at each bottleneck, and distances from the VAE's."""
    vae, unregularised = (runs({name: grids[name]}) for name in ("generation", "generation_plain"))
    ways = {name: (unregularised, codes) for name, codes in PLAIN.items()}
    for weight in sorted(vae[BETA].unique()):
        name, own = (VAE, "VAE") if weight == 1 else (f"β = {weight:g}, prior", f"β = {weight:g}")
        ways |= {name: (vae[vae[BETA] == weight], "prior"), f"{own}, mixture": (vae[vae[BETA] == weight], "mixture")}
    ways[REAL] = (unregularised, "real")
    tall = {what: pd.concat([_way(name, *way, what) for name, way in ways.items()]) for what in QUANTITIES}
    numbers = {
        what: means(table, ["samples", BOTTLENECK], [Quantity(what, VALUE, QUANTITIES[what])]).drop(columns="quantity")
        for what, table in tall.items()
    }
    distances = tall["frechet"][tall["frechet"]["samples"] != REAL]
    numbers["judge"] = means(unregularised.drop_duplicates(SEED), [], [ACCURACY]).drop(columns="quantity")
    return numbers | {"gaps": differences(distances, [BOTTLENECK], Quantity("distance", VALUE), "samples", VAE)}


def _way(name: str, table: DataFrame, codes: str, what: str) -> DataFrame:
    return table.assign(samples=name, **{VALUE: table[f"test/generation_{codes}_{what}"]})


def judge(numbers: Numbers) -> Verdict:
    """The VAE's samples at each bottleneck against either distribution fitted to a plain code."""
    gaps = numbers["gaps"]
    tested = gaps[gaps["samples"].isin(RIVALS)]
    farther, nearer = (tested[tested["verdict"] == word] for word in ("higher", "lower"))
    keys = ["samples", BOTTLENECK]
    best = numbers["frechet"][numbers["frechet"]["samples"] != REAL].sort_values("mean").iloc[0]
    judged = numbers["judge"]["mean"].iloc[0]
    return Verdict(
        share(len(farther), len(tested)),
        f"Farther from real digits than the samples of the VAE's prior, of {len(tested)} cases of distribution and "
        f"bottleneck: {places(farther, keys)}; nearer: {places(nearer, keys)}. The nearest of all are those of "
        f"“{best['samples']}” at bottleneck {best[BOTTLENECK]:g}. The classifier whose features judge names "
        f"{judged:.1f} % of the test digits.",
    )


def headline(numbers: Numbers) -> str:
    """The VAE's distance and its rivals' at the bottleneck where its own is smallest."""
    found = numbers["frechet"].set_index(["samples", BOTTLENECK])
    size = found.loc[VAE]["mean"].idxmin()
    own = found.loc[(VAE, size)]
    others = ", ".join(f"{name} {found.loc[(name, size)]['mean']:.0f}" for name in (*RIVALS, REAL))
    return f"distance {spread(own['mean'], own['ci95'])} ({VAE}, {size:g} numbers, n = {int(own['n'])}); {others}"


def draw(numbers: Numbers) -> Figure:
    drawn = figure(height=3.6)
    axes = drawn.add_subplot()
    chart.dots(axes, numbers["frechet"], "samples", BOTTLENECK)
    axes.set(ylabel="Fréchet distance to test digits", yscale="log")
    plain(axes.yaxis)
    axes.legend(title="bottleneck")
    return drawn


CLAIM = Claim(
    number=11,
    name="generation",
    sentence="For generation, use a variational autoencoder.",
    protocol=(
        "2,000 images are decoded from codes drawn at random and compared with 2,000 test images in the features of a "
        "small convolutional classifier, trained on the same training images (its accuracy stands in the verdict): "
        "Fréchet distance, precision and recall. Variational autoencoders (β = 1 is the VAE) draw from their prior, "
        "the standard normal; a plain one from that too, and from a normal distribution or a mixture of ten fitted to "
        "its training codes. Another 2,000 test images in the place of samples are the best that can be."
    ),
    rule=(
        "supported: samples of the VAE's prior are nearer to real digits than the plain code's with a fitted Gaussian "
        "and with a fitted mixture, at every bottleneck (Fréchet distance, paired t test over seeds, Holm-corrected "
        "over all comparisons); not supported: in none of these cases; mixed: in some."
    ),
    studies=("generation", "generation_plain"),
    captions={
        "frechet": "Fréchet distance to test digits, in squared units of the features: mean ± half of the 95 % "
        "interval over seeds (n), by bottleneck.",
        "precision": "Precision, %: samples within the manifold of real digits.",
        "recall": "Recall, %: real digits within the manifold of the samples.",
        "judge": "Test accuracy, %, of the classifier whose features are compared, one for all runs.",
        "gaps": "Fréchet distance minus that of the VAE's prior (relative), n seeds.",
    },
    legend="Distance of generated digits to test digits, less is better: means and 95 % intervals over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
