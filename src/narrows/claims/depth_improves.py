"""Claim 5: stacking and convolution improve on a plain autoencoder of as many weights."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.measure import MSE, Quantity, differences, lower, means, runs
from narrows.claims.engine.sentences import difference, percent
from narrows.report.figures.style import GREY, HEIGHT, figure
from narrows.stats.grid import PCA, TEST_MSE, Grid

PLAIN, EXACT = "plain", "PCA"
WEIGHTS, EPOCHS = Quantity("weights", "parameters"), Quantity("epochs", "epochs in all")
LAYERS, TRAINED, PRETRAINED = "model.widths", "trainer.max_epochs", "pretrain.epochs"
TOLERANCE = 0.05  # of the plain autoencoder's weights
#: The arm that each study trains; the first also trains the plain autoencoder, which has one hidden layer.
ARMS = {"architecture_mlp": "deep", "architecture_stacked": "stacked", "architecture_conv": "conv"}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Errors, weights and epochs of each arm, and the differences from the plain autoencoder."""
    table = runs(grids, [LAYERS, TRAINED, PRETRAINED])
    table["arm"] = [
        PLAIN if widths is not None and len(widths) == 1 else ARMS[study]
        for study, widths in table[["study", LAYERS]].itertuples(index=False)
    ]
    table[EPOCHS.metric] = [_epochs(*row) for row in table[[LAYERS, TRAINED, PRETRAINED]].itertuples(index=False)]
    exact = table[table["arm"] == PLAIN].assign(arm=EXACT, **{TEST_MSE: lambda rows: rows[PCA]})
    errors = means(pd.concat([table, exact]), ["arm"], [MSE])
    return {
        "means": pd.concat([errors, means(table, ["arm"], [WEIGHTS, EPOCHS])], ignore_index=True),
        "gains": differences(table, [], MSE, "arm", PLAIN),
    }


def _epochs(widths: "list[int] | None", trained: int, pretrained: float) -> float:
    """Epochs in all: pretraining takes its epochs once for each hidden layer and once for the code."""
    return trained if widths is None or pd.isna(pretrained) else trained + (len(widths) + 1) * pretrained


def judge(numbers: Numbers) -> Verdict:
    """Open if the arms differ in epochs, or in weights by more than the tolerance."""
    weights, epochs = (_column(numbers, quantity) for quantity in (WEIGHTS, EPOCHS))
    apart = (weights / weights[PLAIN] - 1).abs().max()
    if apart > TOLERANCE:
        return Verdict("open", f"The arms differ in weights by {apart:.1%}, which is more than {TOLERANCE:.0%}.")
    if epochs.nunique() > 1:
        return Verdict("open", f"The arms differ in epochs: {epochs.min():g} to {epochs.max():g}.")
    gains = numbers["gains"]
    better = lower(gains)
    outcomes = [f"{row['arm']} {_outcome(row)}" for _, row in gains.iterrows()]
    return Verdict(
        share(len(better), len(gains)),
        f"After {epochs[PLAIN]:g} epochs, compared with the plain one with as many weights (within {apart:.1%}) and as "
        f"many numbers in the code: {'; '.join(outcomes)}. PCA, which needs no epochs, has "
        f"{_column(numbers, MSE)[EXACT]:.4g} × 10⁻³.",
    )


def _column(numbers: Numbers, quantity: Quantity) -> "pd.Series[float]":
    """The mean of a quantity by arm; the error also of PCA."""
    rows = numbers["means"][numbers["means"]["quantity"] == quantity.label]
    return rows.set_index("arm")["mean"]


def _outcome(row: "pd.Series[float]") -> str:
    """“has a lower test error (by 12.3%)”."""
    if row["verdict"] not in ("lower", "higher"):
        return f"shows no difference ({percent(row['relative'], 1)})"
    return f"has a {row['verdict']} test error (by {abs(row['relative']):.1%})"


def headline(numbers: Numbers) -> str:
    """The error of each arm relative to the plain autoencoder's."""
    gains = numbers["gains"]
    arms = [f"{row['arm']} {percent(row['relative'])} ({difference(row)} × 10⁻³)" for _, row in gains.iterrows()]
    return f"{'; '.join(arms)}, n = {gains['n'].min()}, after {_column(numbers, EPOCHS)[PLAIN]:g} epochs"


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
        "One hidden layer (plain), three narrower ones trained together (deep), the same three pretrained layer by "
        "layer and then trained together (stacked), and two convolutional layers (conv): the same code size, the same "
        "number of weights within 5 %, the same number of epochs at a constant learning rate, those of pretraining "
        "included. Also PCA with as many numbers, fitted to the same training images. The comparison is after so many "
        "epochs, not of the lowest errors that the arms can reach."
    ),
    rule=(
        "Each arm's test error is compared with the plain one's, paired by seed, Holm-corrected. supported: deep, "
        "stacked and conv are all lower; not supported: none is; mixed: anything between. No verdict if weights "
        "differ by more than 5 %, or epochs at all."
    ),
    studies=tuple(ARMS),
    captions={
        "means": "Mean ± half of the 95 % interval (n); epochs include those of pretraining.",
        "gains": "Test MSE × 10⁻³ minus the plain one's.",
    },
    legend="Test error of each arm: means and 95 % bars over seeds. Dashed: PCA.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
