"""Claim 5: stacking and convolution improve on a plain autoencoder of as many weights."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from narrows.claims import chart
from narrows.claims.claim import Claim, Numbers, Verdict, share
from narrows.claims.measure import MSE, Quantity, differences, means, runs
from narrows.report.numbers import spread
from narrows.report.style import HEIGHT, WIDTH, figure
from narrows.report.table import Grid

PLAIN = "plain"
WEIGHTS = Quantity("weights", "parameters")
QUANTITIES = [MSE, WEIGHTS, Quantity("seconds of training", "seconds")]
TOLERANCE = 0.05  # of the plain one's weights
#: Studies by the arm that they train; the first holds two, told apart by their widths.
ARMS = {"architecture_mlp": "deep", "architecture_stacked": "stacked", "architecture_conv": "conv"}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    table = runs(grids, ["model.widths"])
    table["arm"] = [
        PLAIN if widths is not None and len(widths) == 1 else ARMS[study]
        for study, widths in table[["study", "model.widths"]].itertuples(index=False)
    ]
    return {"means": means(table, ["arm"], QUANTITIES), "gains": differences(table, [], MSE, "arm", PLAIN)}


def judge(numbers: Numbers) -> Verdict:
    """Nothing is said of arms that differ in weights by more than the tolerance."""
    weights = numbers["means"].set_index(["arm", "quantity"])["mean"].xs(WEIGHTS.label, level="quantity")
    apart = (weights / weights[PLAIN] - 1).abs().max()
    if apart > TOLERANCE:
        return Verdict("open", f"The arms differ in weights by {apart:.1%}, which is more than {TOLERANCE:.0%}.")
    gains = numbers["gains"]
    better = gains[gains["verdict"] == "lower"]
    said = [f"{row['arm']} {_said(row)}" for _, row in gains.iterrows()]
    return Verdict(
        share(len(better), len(gains)),
        f"Against the plain one with as many weights (within {apart:.1%}), as many numbers in the code and as many "
        f"epochs: {'; '.join(said)}.",
    )


def _said(row: "pd.Series[float]") -> str:
    """“is lower by 12.3 %”."""
    if row["verdict"] not in ("lower", "higher"):
        return f"shows no difference ({row['relative']:+.1%})".replace("-", "−")
    return f"has {'a lower' if row['verdict'] == 'lower' else 'a higher'} test error (by {abs(row['relative']):.1%})"


def headline(numbers: Numbers) -> str:
    return (
        "; ".join(
            f"{row['arm']} {row['relative']:+.0%} ({spread(row['difference'], row['ci95'])} × 10⁻³)".replace("-", "−")
            for _, row in numbers["gains"].iterrows()
        )
        + f", n = {numbers['gains']['n'].min()}"
    )


def draw(numbers: Numbers) -> Figure:
    drawn, rows = figure(WIDTH, HEIGHT * 0.7), numbers["means"]
    for axes, quantity in zip(drawn.subplots(1, 2), (QUANTITIES[0], QUANTITIES[2]), strict=True):
        chart.dots(axes, rows[rows["quantity"] == quantity.label], "arm")
        axes.set_title(quantity.label, fontsize="medium")
    return drawn


CLAIM = Claim(
    number=5,
    name="architecture",
    sentence="Stacking and convolution improve on a plain autoencoder.",
    protocol=(
        "One hidden layer (plain), three narrower ones trained together (deep), the same three pretrained one pair "
        "after the other and then together (stacked), and two convolutions (conv): equal code size, equal numbers of "
        "weights within 5 %, equal epochs, those of pretraining counted as epochs."
    ),
    rule=(
        "Each arm's test error is compared with the plain one's, paired by seed, Holm-corrected. supported: deep, "
        "stacked and conv are all lower; not supported: none is; mixed: between. No verdict where weights differ by "
        "more than 5 %."
    ),
    studies=tuple(ARMS),
    captions={
        "means": "Mean ± half of the 95 % interval (n). Seconds are of this machine and leave out pretraining.",
        "gains": "Test MSE × 10⁻³ minus the plain one's.",
    },
    legend="Test error and seconds of training of each arm: means and 95 % bars over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
