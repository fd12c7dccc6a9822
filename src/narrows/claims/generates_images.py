"""Claim 11: for generation, use a variational autoencoder."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import Pair, scores, strongest, turn
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_better, expect_halves_equal, expect_reversed
from narrows.claims.engine.evidence import Evidence, Gate, Numbers, Turn
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import VALUE
from narrows.claims.engine.measure import Quantity, differences, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.config.study_section import ARM
from narrows.evaluation.generation import SAMPLES
from narrows.report.figures.style import figure, plain
from narrows.stats.contrast import Scores
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import Grid

RATE, WIDTH = "optimizer.lr", 16
VARIATIONAL, PLAIN = "VAE", "plain"
VAE, MIXTURE, NORMAL, REAL = "VAE, prior", "plain, mixture", "plain, normal", "real digits"
#: Where samples come from: the arm and the distribution of codes, as the evaluation names it.
ORIGINS = {
    VAE: (VARIATIONAL, "prior"),
    "VAE, mixture": (VARIATIONAL, "mixture"),
    NORMAL: (PLAIN, "prior"),
    "plain, Gaussian": (PLAIN, "gaussian"),
    MIXTURE: (PLAIN, "mixture"),
    REAL: (PLAIN, "real"),
}
RIVALS = ("plain, Gaussian", MIXTURE)
LEAST_ACCURACY = 0.9  # of the classifier whose features are compared
ACCURACY = Quantity("%", "test/generation_accuracy", 100)
QUANTITIES = {"frechet": 1, "precision": 100, "recall": 100}
#: A tenth of the distance is less than that between samples of two seeds.
DISTANCE = replace(quantity("test/generation_prior_frechet"), label="Fréchet distance", margin=0.1)
PLANNED = Planned(DISTANCE, VAE, MIXTURE, f"with {WIDTH} numbers")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Samples of a variational autoencoder's prior against those of distributions fitted to a plain one's codes."""
    table = tuned(runs(grids), [ARM, BOTTLENECK], [RATE])
    distances = {name: _scores(table, name, WIDTH) for name in ORIGINS}
    return Evidence(
        primary=PLANNED.compare(distances[VAE], distances[MIXTURE]),
        strongest=strongest(PLANNED, distances[VAE], {name: distances[name] for name in RIVALS}),
        controls=[
            expect_better(f"{REAL} against {VAE}", PLANNED.compare(distances[REAL], distances[VAE])),
            expect_reversed(f"{NORMAL} against {MIXTURE}", PLANNED.compare(distances[NORMAL], distances[MIXTURE])),
            expect_halves_equal(distances[VAE], PLANNED),
        ],
        gates=[converged(grids, table[table[BOTTLENECK] == WIDTH]), _classifier(table)],
        tables=_tables(table),
        turns=[_turn(table)],
    )


def _scores(table: DataFrame, origin: str, width: float) -> Scores:
    """The distances of one origin at one bottleneck, a number for each seed."""
    arm, codes = ORIGINS[origin]
    return scores(table, f"test/generation_{codes}_frechet", {ARM: arm, BOTTLENECK: width})


def _classifier(table: DataFrame) -> Gate:
    """Features of a bad classifier would compare nothing."""
    accuracy = float(table[ACCURACY.metric].mean())
    failures = [] if accuracy >= LEAST_ACCURACY else [f"it has {100 * accuracy:.1f} %"]
    return Gate(f"the classifier whose features are compared has an accuracy of {100 * LEAST_ACCURACY:g} %", failures)


def _turn(table: DataFrame) -> Turn:
    places: dict[float, Pair] = {
        width: (_scores(table, VAE, width), _scores(table, MIXTURE, width)) for width in table[BOTTLENECK].unique()
    }
    return turn("bottleneck", PLANNED, places)


def _tables(table: DataFrame) -> Numbers:
    """Distance, precision and recall by origin and bottleneck; differences from the VAE's prior."""
    long = {name: pd.concat(_long(table, name, origin) for origin in ORIGINS) for name in QUANTITIES}
    numbers = {
        name: means(rows, ["samples", BOTTLENECK], [Quantity(name, VALUE, QUANTITIES[name])]).drop(columns="quantity")
        for name, rows in long.items()
    }
    distances = long["frechet"][long["frechet"]["samples"] != REAL]
    numbers["judge"] = means(table.drop_duplicates(SEED), [], [ACCURACY]).drop(columns="quantity")
    distance = Quantity("distance", VALUE, 1, "log")
    return numbers | {"gaps": differences(distances, [BOTTLENECK], distance, "samples", VAE)}


def _long(table: DataFrame, name: str, origin: str) -> DataFrame:
    arm, codes = ORIGINS[origin]
    rows = table[table[ARM] == arm]
    return rows.assign(samples=origin, **{VALUE: rows[f"test/generation_{codes}_{name}"]})


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
        "of a small convolutional classifier trained on the same training images: Fréchet distance, precision and "
        "recall. For a variational autoencoder the codes are drawn from the prior, the standard normal distribution, "
        "or from a mixture of ten normal distributions fitted to the codes of its training images; for a plain one "
        "from the standard normal distribution, and from a normal distribution or a mixture fitted in the same way. "
        f"Another {SAMPLES:,} test images in place of the samples are the positive control and the least distance "
        "possible. Both kinds have cross-entropy as their reconstruction error, a cosine schedule, and the learning "
        "rate of two with the lower validation loss."
    ),
    planned=PLANNED,
    studies=("generation",),
    captions={
        "frechet": "Fréchet distance to test digits, in squared units of the features: mean ± half of the 95 % "
        "interval over seeds (n), by bottleneck.",
        "precision": "Precision, %: samples within the manifold of real digits.",
        "recall": "Recall, %: real digits within the manifold of the samples.",
        "judge": "Test accuracy, %, of the classifier whose features are compared, one for all runs.",
        "gaps": "Fréchet distance minus that of the VAE's prior (ratio of geometric means minus 1), n seeds.",
    },
    legend="Distance of generated digits to test digits, lower is better: means and 95 % intervals over seeds.",
    evidence=evidence,
    draw=draw,
)
