"""Claim 5: stacking and convolution improve on a plain autoencoder of as many weights."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.measure import MSE, Quantity, differences, means, runs
from narrows.report.figures.style import GREY, HEIGHT, figure
from narrows.report.numbers import spread
from narrows.stats.grid import MAIN, PCA, Grid

PLAIN, EXACT = "plain", "PCA"
WEIGHTS, EPOCHS = Quantity("weights", "parameters"), Quantity("epochs", "epochs in all")
LAYERS, TRAINED, PRETRAINED = "model.widths", "trainer.max_epochs", "pretrain.epochs"
TOLERANCE = 0.05  # of the plain one's weights
#: Studies by the arm that they train; the first holds two, told apart by their widths.
ARMS = {"architecture_mlp": "deep", "architecture_stacked": "stacked", "architecture_conv": "conv"}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    table = runs(grids, [LAYERS, TRAINED, PRETRAINED])
    table["arm"] = [
        PLAIN if widths is not None and len(widths) == 1 else ARMS[study]
        for study, widths in table[["study", LAYERS]].itertuples(index=False)
    ]
    table[EPOCHS.metric] = [_epochs(*row) for row in table[[LAYERS, TRAINED, PRETRAINED]].itertuples(index=False)]
    exact = table[table["arm"] == PLAIN].assign(arm=EXACT, **{MAIN: lambda rows: rows[PCA]})
    errors = means(pd.concat([table, exact]), ["arm"], [MSE])
    return {
        "means": pd.concat([errors, means(table, ["arm"], [WEIGHTS, EPOCHS])], ignore_index=True),
        "gains": differences(table, [], MSE, "arm", PLAIN),
    }


def _epochs(widths: "list[int] | None", trained: int, pretrained: float) -> float:
    """Those of pretraining are spent once for each hidden layer and once for the code."""
    return trained if widths is None or pd.isna(pretrained) else trained + (len(widths) + 1) * pretrained


def judge(numbers: Numbers) -> Verdict:
    """Nothing is said of arms that differ in epochs, or in weights by more than the tolerance."""
    weights, epochs = (_column(numbers, quantity) for quantity in (WEIGHTS, EPOCHS))
    apart = (weights / weights[PLAIN] - 1).abs().max()
    if apart > TOLERANCE:
        return Verdict("open", f"The arms differ in weights by {apart:.1%}, which is more than {TOLERANCE:.0%}.")
    if epochs.nunique() > 1:
        return Verdict("open", f"The arms differ in epochs: {epochs.min():g} to {epochs.max():g}.")
    gains = numbers["gains"]
    better = gains[gains["verdict"] == "lower"]
    said = [f"{row['arm']} {_said(row)}" for _, row in gains.iterrows()]
    return Verdict(
        share(len(better), len(gains)),
        f"After {epochs[PLAIN]:g} epochs, against the plain one with as many weights (within {apart:.1%}) and as many "
        f"numbers in the code: {'; '.join(said)}. PCA, which needs no epochs, has "
        f"{_column(numbers, MSE)[EXACT]:.4g} × 10⁻³.",
    )


def _column(numbers: Numbers, quantity: Quantity) -> "pd.Series[float]":
    """Of the arms, and of PCA where it has one."""
    rows = numbers["means"][numbers["means"]["quantity"] == quantity.label]
    return rows.set_index("arm")["mean"]


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
        + f", n = {numbers['gains']['n'].min()}, after {_column(numbers, EPOCHS)[PLAIN]:g} epochs"
    )


def draw(numbers: Numbers) -> Figure:
    drawn, rows = figure(height=HEIGHT * 0.7), numbers["means"]
    axes, errors = drawn.add_subplot(), rows[rows["quantity"] == MSE.label]
    chart.dots(axes, errors[errors["arm"] != EXACT], "arm")
    axes.axhline(_column(numbers, MSE)[EXACT], color=GREY, ls="--", label="PCA")
    axes.set_ylabel(MSE.label)
    axes.legend()
    return drawn


CLAIM = Claim(
    number=5,
    name="architecture",
    sentence="Stacking and convolution improve on a plain autoencoder.",
    protocol=(
        "One hidden layer (plain), three narrower ones trained together (deep), the same three pretrained one pair "
        "after the other and then together (stacked), and two convolutions (conv): equal code size, equal numbers of "
        "weights within 5 %, equal epochs at a constant learning rate, those of pretraining counted as epochs. Beside "
        "them PCA with as many numbers, from the same training images. What is compared is what so many epochs give, "
        "not what each could come to."
    ),
    rule=(
        "Each arm's test error is compared with the plain one's, paired by seed, Holm-corrected. supported: deep, "
        "stacked and conv are all lower; not supported: none is; mixed: between. No verdict where weights differ by "
        "more than 5 %, or epochs at all."
    ),
    studies=tuple(ARMS),
    captions={
        "means": "Mean ± half of the 95 % interval (n); epochs with those of pretraining.",
        "gains": "Test MSE × 10⁻³ minus the plain one's.",
    },
    legend="Test error of each arm: means and 95 % bars over seeds. Dashed: PCA.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
