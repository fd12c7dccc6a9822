"""Claim 8: pretraining as an autoencoder helps a classifier with few labels."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, places, stacked
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.report.figures.style import figure, ticks
from narrows.report.numbers import spread
from narrows.stats.grid import Grid

PRETRAINED = {"none": "plain", "masking": "denoising"}  # corruptions while pretraining
COUNTS = (10, 100, 1000, 5000)
FEW = 1000  # labels up to which they are few
ARMS = {"frozen": "frozen", "fine-tuned": "tuned", "from scratch": "scratch", "pixels": "pixels"}
PERCENT = Quantity("%", VALUE, 100)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Accuracies by labels and start, and what each start gains over one from scratch."""
    table = runs(grids)
    table["pretraining"] = table["corruption"].map(PRETRAINED)
    counts = [count for count in COUNTS if f"test/few_labels_{count}_tuned" in table]
    accuracies = pd.concat([_arms(table, count) for count in counts])
    compared = pd.concat([_against_scratch(table, count) for count in counts])
    return {
        "accuracy": means(accuracies, ["pretraining", "labels", "start"], [PERCENT]).drop(columns="quantity"),
        "gaps": gaps(compared, ["start", "pretraining", "labels"], PERCENT, REFERENCE),
    }


def _arms(table: DataFrame, count: int) -> DataFrame:
    return stacked(table, "start", {name: f"test/few_labels_{count}_{arm}" for name, arm in ARMS.items()}).assign(
        labels=count
    )


def _against_scratch(table: DataFrame, count: int) -> DataFrame:
    of = f"test/few_labels_{count}_"
    starts = {name: (of + ARMS[name], of + "scratch") for name in ("fine-tuned", "frozen")}
    return stacked(table, "start", starts).assign(labels=count)


def judge(numbers: Numbers) -> Verdict:
    """Each pretraining with each number of few labels is a case, fine-tuned against from scratch."""
    tested = numbers["gaps"]
    tuned = tested[(tested["start"] == "fine-tuned") & (tested["labels"] <= FEW)]
    better, worse = (tested[tested["verdict"] == word] for word in ("higher", "lower"))
    held, lost = (tuned[tuned["verdict"] == word] for word in ("higher", "lower"))
    widest = tuned["ci95"].max()
    keys = ["start", "pretraining", "labels"]
    return Verdict(
        share(len(held), len(tuned)),
        f"A gain of fine-tuning over a start from scratch is shown in {len(held)} of {len(tuned)} cases of pretraining "
        f"and at most {FEW:,} labels, a loss in {len(lost)}. That none is shown elsewhere is not that there is none: "
        f"intervals are up to ± {widest:.1f} points wide. With any number of labels, better than from scratch: "
        f"{places(better, keys)}; worse: {places(worse, keys)}.",
    )


def headline(numbers: Numbers) -> str:
    """What fine-tuning the denoising autoencoder gains with the fewest labels and with the most."""
    tested = numbers["gaps"]
    rows = tested[(tested["start"] == "fine-tuned") & (tested["pretraining"] == PRETRAINED["masking"])]
    ends = [rows.loc[index] for index in (rows["labels"].idxmin(), rows["labels"].idxmax())]
    return (
        "; ".join(f"{spread(row['difference'], row['ci95'])} points with {row['labels']:,} labels" for row in ends)
        + f" (denoising, fine-tuned, n = {ends[0]['n']})"
    )


def draw(numbers: Numbers) -> Figure:
    found = numbers["accuracy"]
    kinds = list(found["pretraining"].unique())
    drawn = figure(height=3.2)
    for axes, kind in zip(drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0], kinds, strict=True):
        chart.lines(axes, found[found["pretraining"] == kind], "labels", "start")
        axes.set(xscale="log", title=f"{kind} autoencoder", xlabel="labels")
        ticks(axes.xaxis, sorted(found["labels"].unique()))
    drawn.axes[0].set_ylabel("test accuracy, %")
    drawn.axes[0].legend()
    return drawn


CLAIM = Claim(
    number=8,
    name="few_labels",
    sentence="Pretraining as an autoencoder helps a classifier with few labels.",
    protocol=(
        "Autoencoders, plain and denoising (30 % of the pixels masked), are trained on all training images without "
        "labels. Then a classifier, the encoder and a linear layer, gets 10 to 5,000 labels: the encoder frozen, "
        "fine-tuned, or drawn anew, each with the same labelled images, 500 steps of 64 images and learning rates. An "
        "accuracy is the mean over three draws of labelled images, the same three for all runs: intervals are those of "
        "seeds, which vary the encoder and the classifier, and not of other draws. Pretraining comes on top of that "
        "budget. Logistic regression on pixels stands beside."
    ),
    rule=(
        "supported: the fine-tuned classifier has a higher test accuracy than the one from scratch after both "
        "pretrainings with 10, 100 and 1,000 labels (paired t test over seeds, Holm-corrected over all comparisons); "
        "not supported: in none of these cases; mixed: in some."
    ),
    studies=("few_labels",),
    captions={
        "accuracy": "Test accuracy, %: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test accuracy minus that from scratch in the same run, points (relative); n seeds.",
    },
    legend="Test accuracy over the number of labels: means and 95 % bands over seeds.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
