"""Claim 8: pretraining as an autoencoder helps a classifier with few labels."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.long_tables import REFERENCE, VALUE, stacked
from narrows.claims.engine.measure import Quantity, gaps, higher, lower, means, runs
from narrows.claims.engine.sentences import difference, places
from narrows.evaluation.few_labels import LABELS
from narrows.evaluation.support.label_classifiers import MINIBATCH, STEPS
from narrows.report.figures.style import figure, ticks
from narrows.stats.grid import Grid

PRETRAINED = {"none": "plain", "masking": "denoising"}  # by the corruption while pretraining
FEW = 1000  # labels, at most
ARMS = {"frozen": "frozen", "fine-tuned": "tuned", "from scratch": "scratch", "pixels": "pixels"}
PERCENT = Quantity("%", VALUE, 100)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Accuracies by number of labels and start, and differences from the start from scratch."""
    table = runs(grids)
    table["pretraining"] = table["corruption"].map(PRETRAINED)
    counts = [count for count in LABELS if f"test/few_labels_{count}_tuned" in table]
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
    prefix = f"test/few_labels_{count}_"
    starts = {name: (prefix + ARMS[name], prefix + "scratch") for name in ("fine-tuned", "frozen")}
    return stacked(table, "start", starts).assign(labels=count)


def judge(numbers: Numbers) -> Verdict:
    """Each pretraining with each number of few labels is a case, fine-tuned against from scratch."""
    tested, keys = numbers["gaps"], ["start", "pretraining", "labels"]
    tuned = tested[(tested["start"] == "fine-tuned") & (tested["labels"] <= FEW)]
    gains, losses = higher(tuned), lower(tuned)
    return Verdict(
        share(len(gains), len(tuned)),
        f"A gain of fine-tuning over a start from scratch is shown in {len(gains)} of {len(tuned)} cases of "
        f"pretraining and at most {FEW:,} labels, a loss in {len(losses)}. The other cases may differ as well: "
        f"intervals are up to ± {tuned['ci95'].max():.1f} points wide. With any number of labels, better than "
        f"from scratch: {places(higher(tested), keys)}; worse: {places(lower(tested), keys)}.",
    )


def headline(numbers: Numbers) -> str:
    """The gain of fine-tuning the denoising autoencoder with the fewest labels and with the most."""
    tested = numbers["gaps"]
    rows = tested[(tested["start"] == "fine-tuned") & (tested["pretraining"] == PRETRAINED["masking"])]
    ends = [rows.loc[index] for index in (rows["labels"].idxmin(), rows["labels"].idxmax())]
    points = [f"{difference(row)} points with {row['labels']:,} labels" for row in ends]
    return f"{'; '.join(points)} (denoising, fine-tuned, n = {ends[0]['n']})"


def draw(numbers: Numbers) -> Figure:
    accuracies = numbers["accuracy"]
    kinds = list(accuracies["pretraining"].unique())
    drawn = figure(height=3.2)
    for axes, kind in zip(drawn.subplots(1, len(kinds), sharey=True, squeeze=False)[0], kinds, strict=True):
        chart.lines(axes, accuracies[accuracies["pretraining"] == kind], "labels", "start")
        axes.set(xscale="log", title=f"{kind} autoencoder", xlabel="labels")
        ticks(axes.xaxis, sorted(accuracies["labels"].unique()))
    drawn.axes[0].set_ylabel("test accuracy, %")
    drawn.axes[0].legend()
    return drawn


CLAIM = Claim(
    number=8,
    name="few_labels",
    sentence="Pretraining as an autoencoder helps a classifier with few labels.",
    protocol=(
        "Autoencoders, plain and denoising (30 % of the pixels masked), are trained on all training images without "
        f"labels. Then a classifier, the encoder and a linear layer, is trained on {LABELS[0]} to {LABELS[-1]:,} "
        "labels: with the encoder frozen, fine-tuned, or newly initialised, each with the same labelled images, "
        f"{STEPS} steps of {MINIBATCH} images and the same learning rates. An accuracy is the mean over three draws of "
        "labelled images, the same three for all runs: the intervals cover seeds, which vary the encoder and the "
        "classifier, but not other draws. Pretraining is not counted in that budget. Also logistic regression on "
        "pixels."
    ),
    rule=(
        "supported: the fine-tuned classifier has a higher test accuracy than the one from scratch after both "
        "pretrainings with 10, 100 and 1,000 labels (paired t test over seeds, Holm-corrected over all comparisons); "
        "not supported: in none of these cases; mixed: in some of them."
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
