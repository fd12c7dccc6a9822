"""Claim 11: for generation, use a variational autoencoder."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import VALUE
from narrows.claims.engine.measure import Quantity, differences, higher, lower, means, runs
from narrows.claims.engine.sentences import places
from narrows.evaluation.generation import SAMPLES
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
    """Distance, precision and recall by the origin of the samples and bottleneck; differences from the VAE's prior."""
    variational, plain = (runs({name: grids[name]}) for name in ("generation", "generation_plain"))
    origins = _origins(variational, plain)
    long = {
        quantity: pd.concat(
            table.assign(samples=name, **{VALUE: table[f"test/generation_{codes}_{quantity}"]})
            for name, (table, codes) in origins.items()
        )
        for quantity in QUANTITIES
    }
    numbers = {
        name: means(table, ["samples", BOTTLENECK], [Quantity(name, VALUE, QUANTITIES[name])]).drop(columns="quantity")
        for name, table in long.items()
    }
    distances = long["frechet"][long["frechet"]["samples"] != REAL]
    numbers["judge"] = means(plain.drop_duplicates(SEED), [], [ACCURACY]).drop(columns="quantity")
    return numbers | {"gaps": differences(distances, [BOTTLENECK], Quantity("distance", VALUE), "samples", VAE)}


def _origins(variational: DataFrame, plain: DataFrame) -> dict[str, tuple[DataFrame, str]]:
    """Where samples come from: by name, the runs and the distribution of codes, as the evaluation names it."""
    origins = {name: (plain, codes) for name, codes in PLAIN.items()}
    for weight in sorted(variational[BETA].unique()):
        model, table = "VAE" if weight == 1 else f"β = {weight:g}", variational[variational[BETA] == weight]
        origins |= {f"{model}, prior": (table, "prior"), f"{model}, mixture": (table, "mixture")}
    return origins | {REAL: (plain, "real")}


def judge(numbers: Numbers) -> Verdict:
    """The VAE's prior against each distribution fitted to a plain code, at each bottleneck."""
    gaps, distances = numbers["gaps"], numbers["frechet"]
    tested = gaps[gaps["samples"].isin(RIVALS)]
    farther, nearer, keys = higher(tested), lower(tested), ["samples", BOTTLENECK]
    best = distances[distances["samples"] != REAL].sort_values("mean").iloc[0]
    accuracy = numbers["judge"]["mean"].iloc[0]
    return Verdict(
        share(len(farther), len(tested)),
        f"Of {len(tested)} cases of distribution and bottleneck, samples farther from real digits than those of the "
        f"VAE's prior: {places(farther, keys)}; nearer: {places(nearer, keys)}. The nearest of all samples are those "
        f"of “{best['samples']}” at bottleneck {best[BOTTLENECK]:g}. The classifier whose features are compared has an "
        f"accuracy of {accuracy:.1f} % on the test digits.",
    )


def headline(numbers: Numbers) -> str:
    """The distance of the VAE's prior and of the others, at the bottleneck where the former is smallest."""
    distances = numbers["frechet"].set_index(["samples", BOTTLENECK])
    size = distances.loc[VAE]["mean"].idxmin()
    vae = distances.loc[(VAE, size)]
    others = ", ".join(f"{name} {distances.loc[(name, size)]['mean']:.0f}" for name in (*RIVALS, REAL))
    return f"distance {spread(vae['mean'], vae['ci95'])} ({VAE}, {size:g} numbers, n = {int(vae['n'])}); {others}"


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
        f"{SAMPLES:,} images are decoded from random codes and compared with {SAMPLES:,} test images in the features "
        "of a small convolutional classifier trained on the same training images (the verdict gives its accuracy): "
        "Fréchet distance, precision and recall. For variational autoencoders (β = 1 is the VAE) the codes are drawn "
        "from the prior, the standard normal distribution; for a plain one from that too, and from a normal "
        "distribution or a mixture of ten fitted to the codes of its training images. Another "
        f"{SAMPLES:,} test images in place of the samples give the best values possible."
    ),
    rule=(
        "supported: samples of the VAE's prior are nearer to real digits than the plain code's with a fitted Gaussian "
        "and with a fitted mixture, at every bottleneck (Fréchet distance, paired t test over seeds, Holm-corrected "
        "over all comparisons); not supported: in none of these cases; mixed: in some of them."
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
    legend="Distance of generated digits to test digits, lower is better: means and 95 % intervals over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
