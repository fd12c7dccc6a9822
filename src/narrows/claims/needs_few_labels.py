"""Claim 8: pretraining as an autoencoder helps a classifier with few labels."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.cells import Pair, scores, strongest, turn
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_better, expect_halves_equal
from narrows.claims.engine.evidence import Evidence, Numbers, Strongest
from narrows.claims.engine.gates import converged
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.planned import Planned
from narrows.config.quantities import quantity
from narrows.evaluation.few_labels import LABELS
from narrows.evaluation.support.label_classifiers import MINIBATCH, STEPS
from narrows.report.figures.style import figure, ticks
from narrows.stats.contrast import Scores
from narrows.stats.grid import Grid

COUNT = 100  # labels of the primary contrast
TUNED, SCRATCH, PIXELS = "fine-tuned", "from scratch", "logistic regression on pixels"
ARMS = {TUNED: "tuned", "frozen": "frozen", SCRATCH: "scratch", PIXELS: "pixels"}
BASELINES = (SCRATCH, PIXELS)
PERCENT = Quantity("%", VALUE, 100)
PLANNED = Planned(
    replace(quantity(f"test/few_labels_{COUNT}_tuned"), label="accuracy"),
    TUNED,
    f"the better of {' and '.join(BASELINES)}",
    f"with {COUNT} labels",
)


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """The encoder that is pretrained and fine-tuned against the better of the two starts without pretraining."""
    table = runs(grids)
    counts = [count for count in LABELS if _metric(count, TUNED) in table]
    baselines = {count: _better(table, count) for count in counts}
    primary = baselines[COUNT].compared
    pixels = [scores(table, _metric(count, PIXELS)) for count in (counts[-1], counts[0])]
    places: dict[float, Pair] = {
        count: (_scores(table, count, TUNED), _scores(table, count, baselines[count].name)) for count in counts
    }
    return Evidence(
        primary=primary._replace(planned=PLANNED),
        strongest=baselines[COUNT],
        controls=[
            expect_better(
                f"{PIXELS}, {counts[-1]:,} labels against {counts[0]}",
                replace(PLANNED, level=PIXELS).compare(*pixels),
            ),
            expect_halves_equal(_scores(table, COUNT, TUNED), PLANNED),
        ],
        gates=[converged(grids, table.assign(arm="the pretrained autoencoder"))],
        tables=_tables(table, counts),
        turns=[turn("labels", PLANNED, places)],
    )


def _metric(count: int, start: str) -> str:
    return f"test/few_labels_{count}_{ARMS[start]}"


def _scores(table: DataFrame, count: int, start: str) -> Scores:
    return scores(table, _metric(count, start))


def _better(table: DataFrame, count: int) -> Strongest:
    """The better start without pretraining, and the fine-tuned one against it."""
    return strongest(
        PLANNED, _scores(table, count, TUNED), {start: _scores(table, count, start) for start in BASELINES}
    )


def _tables(table: DataFrame, counts: list[int]) -> Numbers:
    """Accuracies by number of labels and start, and differences of the fine-tuned start from the others."""
    accuracies = pd.concat([_by_start(table, count) for count in counts])
    compared = pd.concat([_against(table, count) for count in counts])
    return {
        "accuracy": means(accuracies, ["labels", "start"], [PERCENT]).drop(columns="quantity"),
        "gaps": gaps(compared, ["against", "labels"], PERCENT, REFERENCE),
    }


def _by_start(table: DataFrame, count: int) -> DataFrame:
    return stacked(table, "start", {start: _metric(count, start) for start in ARMS}).assign(labels=count)


def _against(table: DataFrame, count: int) -> DataFrame:
    pairs = {start: (_metric(count, TUNED), _metric(count, start)) for start in ARMS if start != TUNED}
    return stacked(table, "against", pairs).assign(labels=count)


def draw(numbers: Numbers) -> Figure:
    accuracies = numbers["accuracy"]
    drawn = figure(height=3.2)
    axes = drawn.add_subplot()
    chart.lines(axes, accuracies, "labels", "start")
    axes.set(xscale="log", xlabel="labels", ylabel="test accuracy, %")
    ticks(axes.xaxis, sorted(accuracies["labels"].unique()))
    axes.legend()
    return drawn


CLAIM = Claim(
    number=8,
    name="few_labels",
    sentence="Pretraining as an autoencoder helps a classifier with few labels.",
    protocol=(
        "A denoising autoencoder (30 % of the pixels masked) is trained on all training images without labels. Then a "
        f"classifier, the encoder and a linear layer, is trained on {LABELS[0]} to {LABELS[-1]:,} labels: with the "
        "encoder fine-tuned, frozen, or newly initialised, each with the same labelled images, "
        f"{STEPS} steps of {MINIBATCH} images and the same learning rates. An accuracy is the mean over three draws of "
        "labelled images, the same three for all runs: the intervals cover seeds, which vary the encoder and the "
        "classifier, but not other draws. Pretraining is not counted in that budget. The baseline is the one with the "
        "higher mean of the same classifier from scratch and logistic regression on pixels, for each number of labels."
    ),
    planned=PLANNED,
    studies=("few_labels",),
    captions={
        "accuracy": "Test accuracy, %: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test accuracy of the fine-tuned classifier minus that of the others, points (relative); n seeds.",
    },
    legend="Test accuracy over the number of labels: means and 95 % bands over seeds.",
    evidence=evidence,
    draw=draw,
)
