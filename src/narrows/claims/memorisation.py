"""Claim 2: too narrow a code loses detail; too wide a one copies or memorises instead of learning."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims import chart
from narrows.claims.claim import Claim, Numbers, Verdict, share
from narrows.claims.measure import MSE, Quantity, differences, gaps, means, runs
from narrows.claims.tall import REFERENCE, VALUE, stacked
from narrows.report.factors import BOTTLENECK
from narrows.report.numbers import spread
from narrows.report.style import HEIGHT, WIDTH, figure, ticks
from narrows.report.table import Grid

TRAIN = "data.train_size"
FOREIGN = ("inverted", "shuffled", "noise", "fashion")
EXCESS = Quantity("gap beyond PCA's × 10⁻³", "excess", 1000)
SIGNS = [
    MSE,
    Quantity("gap × 10⁻³", "test/gap", 1000),
    EXCESS,
    Quantity("nearest", "test/nearest"),
    Quantity("nearest, PCA", "test/nearest_pca"),
    Quantity("spectral radius", "test/radius"),
    Quantity("attractors", "test/attractors"),
]


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """The signs at each bottleneck and number of training images, and the differences that decide."""
    table = runs(grids)
    table["excess"] = table["test/gap"] - table["test/gap_pca"]
    narrowest, widest = table[BOTTLENECK].min(), table[BOTTLENECK].max()
    ends = table[table[BOTTLENECK].isin([narrowest, widest])]
    most = table[(table[TRAIN] == table[TRAIN].max()) & (table[BOTTLENECK] == widest)]
    foreign = [Quantity(f"{kind} × 10⁻³", f"test/mse_{kind}", 1000) for kind in FOREIGN]
    beside = stacked(most, "images", {kind: (f"test/mse_{kind}", f"test/mse_{kind}_pca") for kind in FOREIGN})
    return {
        "signs": means(table, [TRAIN, BOTTLENECK], SIGNS),
        "detail": differences(ends, [TRAIN], MSE, BOTTLENECK, widest),
        "excess": differences(ends, [TRAIN], EXCESS, BOTTLENECK, narrowest),
        "copying": gaps(beside, ["images"], Quantity("MSE", VALUE, 1000), REFERENCE),
        "foreign": means(table, [TRAIN, BOTTLENECK], foreign),
    }


def judge(numbers: Numbers) -> Verdict:
    """Narrow and wide are the ends of what was measured; the most training images decide about memorising."""
    most = numbers["signs"][TRAIN].max()
    detail = bool(_at(numbers["detail"], most)["verdict"] == "higher")
    copies = bool((numbers["copying"]["verdict"] == "lower").all())
    memorises = [size for size in numbers["excess"][TRAIN] if _memorises(numbers, size)]
    wide = copies or most in memorises
    sizes = ", ".join(f"{size:,.0f}" for size in memorises) or "none of these numbers of"
    few = _sign(numbers, min(numbers["excess"][TRAIN]), EXCESS.label)
    many = _sign(numbers, most, EXCESS.label)
    return Verdict(
        share(detail + wide, 2),
        f"The narrowest code {'loses' if detail else 'does not lose'} detail. The widest one, trained on {most:,.0f} "
        f"images, {'copies: all' if copies else 'does not copy: not all'} foreign images come back better than by PCA. "
        f"It memorises with {sizes} training images, by the gap that widens with the code and by reconstructions "
        f"nearer to training images than to their inputs, or by attractors. Its gap beyond PCA's is {few} × 10⁻³ with "
        f"the fewest images and {many} × 10⁻³ with the most.",
    )


def _at(table: DataFrame, size: float) -> "dict[str, object]":
    found: dict[str, object] = table[table[TRAIN] == size].iloc[0].to_dict()
    return found


def _memorises(numbers: Numbers, size: float) -> bool:
    """The gap beyond PCA's grows with the code, and what comes back are training images."""
    widest = _widest(numbers, size).set_index("quantity")["mean"]
    stored = widest["nearest"] < min(1, widest["nearest, PCA"]) or widest["attractors"] > 0.5
    return bool(_at(numbers["excess"], size)["verdict"] == "higher" and stored)


def _widest(numbers: Numbers, size: float) -> DataFrame:
    signs = numbers["signs"]
    return signs[(signs[TRAIN] == size) & (signs[BOTTLENECK] == signs[BOTTLENECK].max())]


def _sign(numbers: Numbers, size: float, quantity: str) -> str:
    rows = _widest(numbers, size)
    row = rows[rows["quantity"] == quantity].iloc[0]
    return f"{spread(row['mean'], row['ci95'])} (n = {row['n']})".replace("-", "−")


def headline(numbers: Numbers) -> str:
    sizes = numbers["excess"][TRAIN]
    return "; ".join(
        f"{size:,.0f} images: gap beyond PCA's {_sign(numbers, size, EXCESS.label)} × 10⁻³"
        for size in (sizes.min(), sizes.max())
    )


def draw(numbers: Numbers) -> Figure:
    drawn, signs = figure(WIDTH, HEIGHT * 0.8), numbers["signs"]
    for axes, quantity in zip(drawn.subplots(1, 3), (MSE.label, EXCESS.label, "nearest"), strict=True):
        chart.lines(axes, signs[signs["quantity"] == quantity], BOTTLENECK, TRAIN)
        axes.set(xscale="log", title=quantity, xlabel="bottleneck")
        ticks(axes.xaxis, sorted(signs[BOTTLENECK].unique()))
    handles, labels = axes.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels), title="training images")
    return drawn


CLAIM = Claim(
    number=2,
    name="memorisation",
    sentence="Too narrow a code loses detail; too wide a one copies or memorises instead of learning.",
    protocol=(
        "Bottleneck × number of training images, as many optimiser steps for each, the last weights judged. Five "
        "signs: the gap between test and training error, against PCA's; the error on foreign images (inverted, "
        "shuffled pixels, noise, Fashion-MNIST), against PCA's, where copying predicts low and memorising high ones; "
        "attractors (spectral radius of the Jacobian at training images, and how many of them repeated passes bring "
        "back); the distance of a reconstruction to the nearest training image over that to its input; and whether all "
        "this fades with more images."
    ),
    rule=(
        "The narrow end loses detail where its test error is above the widest code's. The wide end copies where every "
        "foreign kind has a lower error than PCA's. It memorises where the gap beyond PCA's is larger than at the "
        "narrow end and reconstructions are nearer to training images than to their inputs (median ratio below 1 and "
        "PCA's) or more than half of the training images are attractors. Differences are paired t tests over seeds, "
        "Holm-corrected within a table. supported: the narrow end loses detail and, with the most training images, the "
        "wide end copies or memorises; not supported: neither; mixed: one of the two."
    ),
    studies=("memorisation",),
    captions={
        "signs": "The signs by training images and bottleneck: mean ± half of the 95 % interval (n). Errors are MSE; "
        "nearest: median ratio of distances, below 1 is nearer to a training image; attractors: share of 50.",
        "detail": "Test MSE × 10⁻³ of the narrowest code minus the widest's.",
        "excess": "Gap beyond PCA's × 10⁻³ of the widest code minus the narrowest's.",
        "copying": "Error of foreign images × 10⁻³ minus PCA's, widest code and most training images.",
        "foreign": "Error of foreign images × 10⁻³ by training images and bottleneck.",
    },
    legend="Test error, gap beyond PCA's, and nearness to training images over the bottleneck, by training images.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
