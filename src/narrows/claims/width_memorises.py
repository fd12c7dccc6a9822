"""Claim 2: too narrow a code loses detail; too wide a one memorises instead of learning."""

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_halves_equal
from narrows.claims.engine.evidence import Control, Evidence, Gate, Half, Numbers, Strongest
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import MSE, Quantity, differences, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.config.quantities import quantity
from narrows.evaluation import copying
from narrows.evaluation.memorisation import NEIGHBOURED, STARTS
from narrows.evaluation.support.foreign_images import FOREIGN
from narrows.report.figures.style import HEIGHT, WIDTH, figure, ticks
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import PCA, TEST_MSE, Grid

TRAIN, ATTRACTORS = "data.train_size", "test/attractors"
FEW, IMAGES, NARROW, WIDE = 10, 100, 2, 512  # training images of the control and of the primary contrast, code sizes
MOST = 0.9  # of ten training images are attractors of a wide code that reconstructs them exactly
INTERPOLATES = 1e-3  # training MSE: a twentieth of the error of the default model on test images
GAP = Quantity("gap × 10⁻³", "test/gap", 1000)
STORED = Quantity("attractors, %", ATTRACTORS, 100)
TRAINING = Quantity("training MSE × 10⁻³", "train/mse", 1000, "log")
ERRORS = [MSE, TRAINING, GAP]
SIGNS = [
    STORED,
    Quantity("nearest", "test/nearest"),
    Quantity("nearest, PCA", "test/nearest_pca"),
    Quantity("spectral radius", "test/radius"),
]
FOREIGN_ERRORS = [Quantity(f"{kind} × 10⁻³", f"test/mse_{kind}", 1000) for kind in FOREIGN]
FOREIGN_PAIRS = {kind: (f"test/mse_{kind}", f"test/mse_{kind}_pca") for kind in FOREIGN}  # autoencoder and PCA
PLANNED = Planned(
    quantity(ATTRACTORS),
    f"a code of {WIDE} numbers",
    f"one of {NARROW}",
    f"after training on {IMAGES} images",
    "higher",
)
LOSS = Planned(
    quantity(TEST_MSE), f"a code of {WIDE} numbers", "PCA with as many", f"after training on {IMAGES} images"
)


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Training images that are attractors of a wide and of a narrow code, both trained until they reproduce them."""
    table = runs(grids, [TRAIN]).sort_values([TRAIN, BOTTLENECK, SEED])
    wide, narrow = ({TRAIN: IMAGES, BOTTLENECK: width} for width in (WIDE, NARROW))
    stored = scores(table, ATTRACTORS, wide)
    return Evidence(
        primary=PLANNED.compare(stored, scores(table, ATTRACTORS, narrow)),
        strongest=Strongest("PCA (test MSE)", LOSS.compare(scores(table, TEST_MSE, wide), scores(table, PCA, wide))),
        controls=[_few_are_stored(table), _many_are_not(table), expect_halves_equal(stored, PLANNED)],
        gates=[_interpolates(table)],
        tables=_tables(table),
        other=_detail(table),
        further=[_by_images(table)],
    )


def _few_are_stored(table: DataFrame) -> Control:
    """Radhakrishnan et al. 2018: an overparameterised autoencoder that interpolates few images stores them."""
    share = float(scores(table, ATTRACTORS, {TRAIN: FEW, BOTTLENECK: WIDE}).mean())
    name = f"attractors among {FEW} training images of the code of {WIDE}"
    return Control(name, f"at least {100 * MOST:g} %", f"{100 * share:.0f} %", share >= MOST)


def _many_are_not(table: DataFrame) -> Control:
    """A code of two numbers that has seen the most images cannot hold them."""
    most = table[TRAIN].max()
    share = float(scores(table, ATTRACTORS, {TRAIN: most, BOTTLENECK: NARROW}).mean())
    name = f"attractors among {most:,.0f} training images of the code of {NARROW}"
    return Control(name, f"at most {100 * (1 - MOST):.0f} %", f"{100 * share:.0f} %", share <= 1 - MOST)


def _interpolates(table: DataFrame) -> Gate:
    """A wide code that does not reproduce its training images has not memorised or learnt them: it is undertrained."""
    error = float(scores(table, "train/mse", {TRAIN: IMAGES, BOTTLENECK: WIDE}).mean())
    failures = [] if error < INTERPOLATES else [f"{1000 * error:.2g} × 10⁻³ with {IMAGES} images"]
    return Gate(f"training MSE of the wide code below {1000 * INTERPOLATES:g} × 10⁻³", failures)


def _by_images(table: DataFrame) -> str:
    """How the share of attractors of the wide code falls with the number of training images."""
    shares = table[table[BOTTLENECK] == WIDE].groupby(TRAIN)[[ATTRACTORS, "train/mse"]].mean()
    parts = [
        f"{100 * row[ATTRACTORS]:.0f} % of {images:,.0f} (training MSE {1000 * row['train/mse']:.2g} × 10⁻³)"
        for images, row in shares.iterrows()
    ]
    return f"Attractors of the code of {WIDE}, of up to {STARTS} tested training images: {', '.join(parts)}."


def _detail(table: DataFrame) -> Half:
    """The claim's other half, with the most images."""
    most = table[TRAIN].max()
    level, baseline, at = f"a code of {NARROW}", f"one of {WIDE}", f"with {most:,.0f} images"
    planned = replace(LOSS, level=level, baseline=baseline, at=at, claimed="higher")
    narrow, wide = (scores(table, TEST_MSE, {TRAIN: most, BOTTLENECK: width}) for width in (NARROW, WIDE))
    return Half("loss of detail", planned.compare(narrow, wide))


def _tables(table: DataFrame) -> Numbers:
    wide = table[(table[BOTTLENECK] == WIDE) & (table[TRAIN] == table[TRAIN].max())]
    foreign = stacked(wide, "images", FOREIGN_PAIRS)
    return {
        "errors": means(table, [TRAIN, BOTTLENECK], ERRORS),
        "signs": means(table, [TRAIN, BOTTLENECK], SIGNS),
        "detail": differences(table, [TRAIN], MSE, BOTTLENECK, WIDE),
        "overfit": gaps(table, [TRAIN, BOTTLENECK], GAP, "test/gap_pca").assign(relative=nan),  # PCA's may be negative
        "copying": gaps(foreign, ["images"], Quantity("MSE", VALUE, 1000, "log"), REFERENCE),
        "foreign": means(table, [TRAIN, BOTTLENECK], FOREIGN_ERRORS),
    }


def draw(numbers: Numbers) -> Figure:
    drawn, signs = figure(WIDTH, HEIGHT * 0.8), pd.concat([numbers["errors"], numbers["signs"]])
    for axes, shown in zip(drawn.subplots(1, 3), (MSE.label, GAP.label, STORED.label), strict=True):
        chart.lines(axes, signs[signs["quantity"] == shown], TRAIN, BOTTLENECK)
        axes.set(xscale="log", xlabel="training images")
        axes.set_title(shown, fontsize="medium")
        ticks(axes.xaxis, sorted(signs[TRAIN].unique()))
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="numbers in the code")
    return drawn


CLAIM = Claim(
    number=2,
    name="memorisation",
    sentence="Too narrow a code loses detail; too wide a one memorises instead of learning.",
    protocol=(
        "Bottleneck × number of training images, from ten images on, trained until a wide code reproduces them; the "
        "last weights count. A training image counts as stored if it is an attractor: repeated passes recover it "
        f"from the image with half of its pixels replaced (up to {STARTS} training images tested). Beside it the gap "
        f"between test and training error, the error on {copying.MOST:,} foreign images (inverted, shuffled pixels, "
        "noise, Fashion-MNIST), the spectral radius of the Jacobian at training images, and the distance of a "
        f"reconstruction to the nearest training image over that to its input (median of {NEIGHBOURED:,} test "
        "images). Controls: ten images in a wide code, which is known to store them, and the most images in the "
        "narrowest code, which cannot."
    ),
    planned=PLANNED,
    studies=("memorisation", "memorisation_many"),
    captions={
        "errors": "Errors (MSE) by training images and bottleneck: mean ± half of the 95 % interval (n).",
        "signs": "Signs of memorising. Nearest: median ratio of distances, below 1 is nearer to a training image.",
        "detail": "Test MSE × 10⁻³ minus that of the widest code (ratio of geometric means minus 1).",
        "overfit": "Gap × 10⁻³ minus PCA's.",
        "copying": "Error of foreign images × 10⁻³ minus PCA's, widest code and most training images.",
        "foreign": "Error of foreign images × 10⁻³ by training images and bottleneck.",
    },
    legend="Test error, gap and attractors over the number of training images, by the numbers in the code.",
    evidence=evidence,
    draw=draw,
)
