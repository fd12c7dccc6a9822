"""Claim 5: stacking and convolution improve on a plain autoencoder of as many weights."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores, strongest
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_halves_equal, expect_reversed
from narrows.claims.engine.evidence import Evidence, Gate, Half, Numbers
from narrows.claims.engine.gates import converged
from narrows.claims.engine.measure import MSE, Quantity, differences, means, runs
from narrows.claims.engine.planned import Planned
from narrows.claims.engine.tuned import tuned
from narrows.config.quantities import quantity
from narrows.config.study_section import ARM
from narrows.report.figures.style import GREY, HEIGHT, figure
from narrows.stats.grid import PCA, TEST_MSE, Grid

PLAIN, STACKED, CONV, LINEAR, EXACT = "plain", "stacked", "conv", "linear", "PCA"
RATE, LAYERS, TRAINED, PRETRAINED = "optimizer.lr", "model.widths", "trainer.max_epochs", "pretrain.epochs"
CHOSEN, WEIGHTS = Quantity("learning rate", RATE), Quantity("weights", "parameters")
EPOCHS = Quantity("epochs", "epochs in all")
TOLERANCE = 0.05  # of the plain autoencoder's weights
PLANNED = Planned(quantity(TEST_MSE), CONV, PLAIN, "with as many weights and 16 numbers")


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Each architecture at the learning rate with its lowest validation error."""
    every = tuned(runs(grids, [LAYERS, TRAINED, PRETRAINED]), [ARM], [RATE])
    every[EPOCHS.metric] = [_epochs(*row) for row in every[[LAYERS, TRAINED, PRETRAINED]].itertuples(index=False)]
    table = every[every[ARM] != LINEAR]
    errors = {str(arm): scores(rows, TEST_MSE) for arm, rows in every.groupby(ARM, sort=False)}
    linear = replace(PLANNED, level=LINEAR).compare(errors[LINEAR], errors[PLAIN])
    others = {arm: values for arm, values in errors.items() if arm not in (CONV, LINEAR)}
    return Evidence(
        primary=PLANNED.compare(errors[CONV], errors[PLAIN]),
        strongest=strongest(PLANNED, errors[CONV], others),
        controls=[
            expect_reversed(f"{LINEAR} against {PLAIN}", linear),
            expect_halves_equal(errors[CONV], PLANNED),
        ],
        gates=[converged(grids, table), _same_budget(table)],
        tables=_tables(every, table),
        other=Half("stacking", replace(PLANNED, level=STACKED).compare(errors[STACKED], errors[PLAIN])),
    )


def _epochs(widths: "list[int] | None", trained: int, pretrained: float) -> float:
    """Epochs in all: pretraining takes its epochs once for each hidden layer and once for the code."""
    return trained if widths is None or pd.isna(pretrained) else trained + (len(widths) + 1) * pretrained


def _same_budget(table: DataFrame) -> Gate:
    """Arms with more weights or epochs than the plain one would win by these."""
    arms = table.groupby(ARM, sort=False)[[WEIGHTS.metric, EPOCHS.metric]].mean()
    plain = arms.loc[PLAIN]
    failures = [
        f"{arm} has {row[WEIGHTS.metric]:,.0f} weights and {row[EPOCHS.metric]:g} epochs"
        for arm, row in arms.iterrows()
        if abs(row[WEIGHTS.metric] / plain[WEIGHTS.metric] - 1) > TOLERANCE
        or row[EPOCHS.metric] != plain[EPOCHS.metric]
    ]
    return Gate(f"as many weights as {PLAIN} within {TOLERANCE:.0%} and as many epochs", failures)


def _tables(every: DataFrame, table: DataFrame) -> Numbers:
    exact = table[table[ARM] == PLAIN].assign(**{ARM: EXACT, TEST_MSE: lambda rows: rows[PCA]})
    errors = means(pd.concat([every, exact]), [ARM], [MSE])
    return {
        "means": pd.concat([errors, means(every, [ARM], [WEIGHTS, EPOCHS, CHOSEN])], ignore_index=True),
        "gains": differences(table, [], MSE, ARM, PLAIN),
    }


def draw(numbers: Numbers) -> Figure:
    drawn, rows = figure(height=HEIGHT * 0.7), numbers["means"]
    axes, errors = drawn.add_subplot(), rows[rows["quantity"] == MSE.label]
    chart.dots(axes, errors[errors[ARM] != EXACT], ARM)
    axes.axhline(errors[errors[ARM] == EXACT]["mean"].item(), color=GREY, ls="--", label=EXACT)
    axes.set_ylabel(MSE.label)
    axes.legend()
    return drawn


CLAIM = Claim(
    number=5,
    name="architecture",
    sentence="Stacking and convolution improve on a plain autoencoder.",
    protocol=(
        "One hidden layer (plain), three narrower ones trained together (deep), the same three pretrained layer by "
        "layer and then trained together (stacked), and two convolutional layers (conv): the same code size, number of "
        "weights within 5 % and number of epochs, those of pretraining included; Kaiming's initialisation, a cosine "
        "schedule, and for each arm the learning rate of two with the lower validation error. A linear autoencoder of "
        "the same code size is the negative control. Also PCA with as many numbers."
    ),
    planned=PLANNED,
    studies=("architecture",),
    captions={
        "means": "Mean ± half of the 95 % interval (n); epochs include those of pretraining.",
        "gains": "Test MSE × 10⁻³ minus the plain one's (ratio of geometric means minus 1).",
    },
    legend="Test error of each arm: means and 95 % bars over seeds. Dashed: PCA.",
    evidence=evidence,
    draw=draw,
)
