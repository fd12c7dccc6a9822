"""Claim 2: too narrow a code loses detail; too wide a one copies or memorises instead of learning."""

from collections.abc import Mapping
from math import nan

import pandas as pd
from matplotlib.figure import Figure
from pandas import Series

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import MSE, Quantity, differences, gaps, higher, lower, means, runs
from narrows.claims.engine.sentences import listed
from narrows.evaluation import copying
from narrows.evaluation.memorisation import NEIGHBOURED, STARTS
from narrows.evaluation.support.foreign_images import FOREIGN
from narrows.report.figures.style import HEIGHT, WIDTH, figure, ticks
from narrows.report.numbers import spread
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import Grid

TRAIN = "data.train_size"
MAJORITY = 0.5  # of the tested training images have to be attractors to count as stored
EXCESS = Quantity("gap beyond PCA's × 10⁻³", "excess", 1000)
GAP = Quantity("gap × 10⁻³", "test/gap", 1000)
ERRORS = [MSE, GAP, EXCESS]
NEAREST, NEAREST_PCA = Quantity("nearest", "test/nearest"), Quantity("nearest, PCA", "test/nearest_pca")
ATTRACTORS = Quantity("attractors", "test/attractors")
SIGNS = [NEAREST, NEAREST_PCA, Quantity("spectral radius", "test/radius"), ATTRACTORS]
FOREIGN_ERRORS = [Quantity(f"{kind} × 10⁻³", f"test/mse_{kind}", 1000) for kind in FOREIGN]
FOREIGN_PAIRS = {kind: (f"test/mse_{kind}", f"test/mse_{kind}_pca") for kind in FOREIGN}  # autoencoder and PCA
AGAINST = "against"
AMOUNT = {"higher": "more", "lower": "less"}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """The signs at each bottleneck and number of training images, and the differences that the verdict is based on."""
    table = runs(grids).sort_values([TRAIN, BOTTLENECK, SEED])
    table = table.assign(excess=table["test/gap"] - table["test/gap_pca"], one=1.0)
    narrowest, widest = table[BOTTLENECK].min(), table[BOTTLENECK].max()
    ends, wide = (table[table[BOTTLENECK].isin(codes)] for codes in ([narrowest, widest], [widest]))
    copied = stacked(wide[wide[TRAIN] == wide[TRAIN].max()], "images", FOREIGN_PAIRS)
    near = stacked(wide, AGAINST, {"1": (NEAREST.metric, "one"), "PCA": (NEAREST.metric, NEAREST_PCA.metric)})
    return {
        "errors": means(table, [TRAIN, BOTTLENECK], ERRORS),
        "signs": means(table, [TRAIN, BOTTLENECK], SIGNS),
        "detail": differences(ends, [TRAIN], MSE, BOTTLENECK, widest),
        "overfit": gaps(table, [TRAIN, BOTTLENECK], GAP, "test/gap_pca").assign(relative=nan),  # PCA's may be negative
        "excess": differences(ends, [TRAIN], EXCESS, BOTTLENECK, narrowest),
        "near": gaps(near, [TRAIN, AGAINST], Quantity("ratio", VALUE), REFERENCE).assign(relative=nan),
        "copying": gaps(copied, ["images"], Quantity("MSE", VALUE, 1000), REFERENCE),
        "foreign": means(table, [TRAIN, BOTTLENECK], FOREIGN_ERRORS),
    }


def judge(numbers: Numbers) -> Verdict:
    """Compares the narrowest with the widest code; the runs with the most training images decide."""
    excess, foreign, sizes = numbers["excess"], numbers["copying"], sorted(numbers["excess"][TRAIN])
    wider, narrower = sorted(higher(excess)[TRAIN]), sorted(lower(excess)[TRAIN])
    memorises = [size for size in wider if _stored(numbers, size)]
    detail = _verdicts(numbers, "detail", sizes[-1]) == {"higher"}
    copies = len(lower(foreign)) == len(foreign)
    return Verdict(
        share(detail + (copies or sizes[-1] in memorises), 2),
        f"The narrowest code {'loses' if detail else 'does not lose'} detail. The widest one, trained on "
        f"{sizes[-1]:,.0f} images, {'copies' if copies else 'does not copy'}: it reconstructs {len(lower(foreign))} of "
        f"{len(foreign)} kinds of foreign images better than PCA. {_few(numbers, sizes[0])} Numbers of training images "
        f"with which the gap is larger for the wider code: {listed(wider)}; smaller: {listed(narrower)}; larger, and "
        f"images are stored, so that the widest code memorises: {listed(memorises)}.",
    )


def _verdicts(numbers: Numbers, name: str, size: float) -> set[str]:
    table = numbers[name]
    return set(table[table[TRAIN] == size]["verdict"])


def _stored(numbers: Numbers, size: float) -> bool:
    """The widest code returns training images: its outputs are nearer to them, or most of them are attractors."""
    return _verdicts(numbers, "near", size) == {"lower"} or _widest(numbers, size, ATTRACTORS)["mean"] > MAJORITY


def _few(numbers: Numbers, size: float) -> str:
    """Sentences about overfitting with the fewest images: at which widths, and how it changes with the width."""
    table = numbers["overfit"][numbers["overfit"][TRAIN] == size]
    over = higher(table)[BOTTLENECK]
    where = "at every width" if len(over) == len(table) else f"at these widths: {listed(over)}"
    amount = AMOUNT.get(next(iter(_verdicts(numbers, "excess", size))))
    change = f"a wider code overfits {amount}" if amount else "that a wider code overfits more is not shown"
    near = "" if _verdicts(numbers, "near", size) == {"lower"} else "not shown to be "
    return (
        f"With {size:,.0f} training images it overfits {where} (gap beyond PCA's {_sign(numbers, size, EXCESS)} × 10⁻³ "
        f"at the widest); {change}. Reconstructions by the widest code are {near}nearer to training images than to "
        f"their inputs (ratio {_sign(numbers, size, NEAREST)}, PCA's "
        f"{_widest(numbers, size, NEAREST_PCA)['mean']:.3g})."
    )


def _widest(numbers: Numbers, size: float, quantity: Quantity) -> "Series[float]":
    """The row of the widest code with `size` training images."""
    rows = numbers["errors" if quantity in ERRORS else "signs"]
    rows = rows[(rows[TRAIN] == size) & (rows[BOTTLENECK] == rows[BOTTLENECK].max())]
    return rows[rows["quantity"] == quantity.label].iloc[0]


def _sign(numbers: Numbers, size: float, quantity: Quantity) -> str:
    row = _widest(numbers, size, quantity)
    return f"{spread(row['mean'], row['ci95'])} (n = {row['n']})"


def headline(numbers: Numbers) -> str:
    """The gap beyond PCA's of the widest code with the fewest and with the most training images."""
    sizes = numbers["excess"][TRAIN]
    return "; ".join(
        f"{size:,.0f} images: gap beyond PCA's {_sign(numbers, size, EXCESS)} × 10⁻³"
        for size in (sizes.min(), sizes.max())
    )


def draw(numbers: Numbers) -> Figure:
    drawn, signs = figure(WIDTH, HEIGHT * 0.8), pd.concat([numbers["errors"], numbers["signs"]])
    for axes, quantity in zip(drawn.subplots(1, 3), (MSE.label, EXCESS.label, NEAREST.label), strict=True):
        chart.lines(axes, signs[signs["quantity"] == quantity], BOTTLENECK, TRAIN)
        axes.set(xscale="log", xlabel="bottleneck")
        axes.set_title(quantity, fontsize="medium")
        ticks(axes.xaxis, sorted(signs[BOTTLENECK].unique()))
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="training images")
    return drawn


CLAIM = Claim(
    number=2,
    name="memorisation",
    sentence="Too narrow a code loses detail; too wide a one copies or memorises instead of learning.",
    protocol=(
        "Bottleneck × number of training images, with the same number of optimiser steps, evaluated with the last "
        "weights. Five signs: the gap between test and training error, compared with PCA's; the error on "
        f"{copying.MOST:,} foreign images (inverted, shuffled pixels, noise, Fashion-MNIST), compared with PCA's, "
        "which is low for copying and high for memorising; attractors (spectral radius of the Jacobian at training "
        f"images, and how many of {STARTS} training images are recovered by repeated passes); the distance of a "
        "reconstruction to the nearest training image over that to its input (median of "
        f"{NEIGHBOURED:,} test images); and whether all this disappears with more images."
    ),
    rule=(
        "The narrow end loses detail if its test error is above the widest code's. The wide end copies if every kind "
        "of foreign images has a lower error than PCA's. It memorises if the gap beyond PCA's is larger than at the "
        "narrow end and images are stored: either reconstructions are nearer to training images than to their inputs "
        "(ratio below 1 and below PCA's), or more than half of the training images tested are attractors (mean over "
        "seeds, without a test). Differences are tested by paired t tests over seeds, Holm-corrected within a table. "
        "supported: the narrow end loses detail and, with the most training images, the wide end copies or memorises; "
        "not supported: neither; mixed: one of the two."
    ),
    studies=("memorisation",),
    captions={
        "errors": "Errors (MSE) by training images and bottleneck: mean ± half of the 95 % interval (n).",
        "signs": "Other signs. Nearest: median ratio of distances, below 1 is nearer to a training image; attractors: "
        f"share of {STARTS}.",
        "detail": "Test MSE × 10⁻³ of the narrowest code minus the widest's.",
        "overfit": "Gap × 10⁻³ minus PCA's.",
        "excess": "Gap beyond PCA's × 10⁻³ of the widest code minus the narrowest's.",
        "near": "Nearest of the widest code minus 1 (the input is as near) and minus PCA's.",
        "copying": "Error of foreign images × 10⁻³ minus PCA's, widest code and most training images.",
        "foreign": "Error of foreign images × 10⁻³ by training images and bottleneck.",
    },
    legend="Test error, gap beyond PCA's, and nearness to training images over the bottleneck, by training images.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
