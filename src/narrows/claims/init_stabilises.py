"""Claim 4: initialisation and normalisation change the stability and the speed of convergence."""

from collections.abc import Mapping
from math import nan

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.lost_runs import LOST, RUNS, fisher, in_words, wilson
from narrows.claims.engine.measure import MEANS, Quantity, differences, different, groups
from narrows.report.figures.style import HEIGHT, WIDTH, figure
from narrows.report.numbers import spread
from narrows.stats.grid import PCA, TEST_MSE, Grid
from narrows.stats.inference import ALPHA, half_width

INIT, NORM, WIDTHS, DEPTH = "model.init", "model.norm", "model.widths", "hidden layers"
BASELINES = {INIT: "default", NORM: "none"}
MEAN_IMAGE = 0.0675  # test MSE of the mean training image, MNIST: 52.90 / 784
DEAD = 0.9  # of MEAN_IMAGE: a run with a higher error hardly distinguishes images
SPEED = Quantity("epochs", "epochs to PCA")
NEVER, EPOCHS = "never", "epochs to PCA's error"
AMOUNT = {"lower": "fewer", "higher": "more"}  # epochs, or lost runs
#: The effect that each table of differences can show, and its factor.
EFFECTS = {
    "speed_init": ("initialisation changes speed", INIT),
    "speed_norm": ("normalisation changes speed", NORM),
    "lost_init": ("initialisation changes stability", INIT),
    "lost_norm": ("normalisation changes stability", NORM),
}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Speed and losses over all planned runs, including failed ones."""
    table = _outcomes(grids["stability"])
    return {
        "cells": _cells(table),
        "speed_init": _speeds(table, [DEPTH, NORM], INIT),
        "speed_norm": _speeds(table, [DEPTH, INIT], NORM),
        "lost_init": fisher(table, DEPTH, INIT, BASELINES[INIT]),
        "lost_norm": fisher(table, DEPTH, NORM, BASELINES[NORM]),
    }


def _outcomes(grid: Grid) -> DataFrame:
    """The planned runs with their depth, whether they were lost, and their epochs to PCA's error."""
    table = grid.runs.drop_duplicates(["cell", "seed"]).copy()
    table[DEPTH] = [1 + str(widths).count("-") for widths in table[WIDTHS]]
    table[LOST] = ((table["status"] == "failed") | ~(table[TEST_MSE] < DEAD * MEAN_IMAGE)).astype(float)
    table[SPEED.metric] = [_epochs(grid, run) for run in table["run"]]
    table[NEVER] = table[SPEED.metric].isna()
    planned = [float(grid.records[run].config["trainer"]["max_epochs"]) for run in table["run"]]
    return table.assign(**{SPEED.metric: table[SPEED.metric].fillna(Series(planned, table.index))})


def _epochs(grid: Grid, run: str) -> float:
    """Epochs until the validation error is below PCA's error, interpolated; NaN if it never is."""
    record = grid.records[run]
    errors = np.array([MEAN_IMAGE, *record.curves.get("val/loss", [])])
    goal = record.metrics.get(PCA, 0.0)
    below = np.flatnonzero(errors < goal)
    if record.status != "done" or not len(below):
        return nan
    last = int(below[0])
    return last - float((goal - errors[last]) / (errors[last - 1] - errors[last]))


def _cells(table: DataFrame) -> DataFrame:
    """A row for each cell. `mean` is the share of lost runs; the columns of epochs and of lost runs hold text.

    The figure uses the ends `low` and `high` of Wilson's interval, which is not symmetric, and the mean and half of the
    interval of the epochs.
    """
    rows = []
    for levels, group in groups(table, [DEPTH, INIT, NORM]):
        n, count, speed = len(group), int(group[LOST].sum()), group[SPEED.metric]
        half = nan if group[NEVER].any() else float(half_width(speed.std(), n))
        words = _speed(float(speed.mean()), half, int(group[NEVER].sum()), n), in_words(count, n)
        shares = count / n, group[LOST].std(), nan, *wilson(count, n)
        rows.append((*levels, *words, "share", n, *shares, speed.mean(), half))
    keys = [DEPTH, INIT, NORM, EPOCHS, RUNS, "quantity"]
    return DataFrame(rows, columns=[*keys, *MEANS, "low", "high", "epochs", "half"])


def _speeds(table: DataFrame, by: list[str], factor: str) -> DataFrame:
    """Differences in speed, except between two cells that never reach PCA's error: both speeds are only bounds."""
    baseline = table[factor] == BASELINES[factor]
    never = table.groupby([*by, factor])[NEVER].transform("all")
    bound = (never & baseline).groupby([table[key] for key in by]).transform("any")
    return differences(table[baseline | ~(never & bound)], by, SPEED, factor, BASELINES[factor])


def _speed(mean: float, half: float, never: int, n: int) -> str:
    """“3.6 ± 0.6 (3)”, or “> 9.3 (1 of 3 never)”: the epochs of a run that never reaches the goal are a bound."""
    return f"> {mean:.3g} ({never} of {n} never)" if never else f"{spread(mean, half)} ({n})"


def judge(numbers: Numbers) -> Verdict:
    """Each of the two factors can change speed and stability."""
    cells = numbers["cells"]
    if (cells["mean"] == 1).all():
        return Verdict("open", "Every run was lost: too few steps or images to compare anything.")
    shown = {name: different(numbers[name]) for name in EFFECTS}
    effects = "; ".join(
        f"{effect} in {len(shown[name])} of {len(numbers[name])} comparisons"
        + (f" ({_where(shown[name], factor)})" if len(shown[name]) else "")
        for name, (effect, factor) in EFFECTS.items()
    )
    lost, n = (cells["mean"] * cells["n"]).sum(), cells["n"].sum()
    return Verdict(
        share(sum(len(rows) > 0 for rows in shown.values()), len(shown)),
        f"Shown: {effects}. Of {n} runs {lost:.0f} {'was' if lost == 1 else 'were'} lost.",
    )


def _where(rows: DataFrame, factor: str) -> str:
    """“8 hidden layers: fewer with batch”: fewer or more epochs or lost runs, by depth and level of `factor`."""
    parts = []
    for depth, group in rows.groupby(DEPTH, sort=False):
        levels = [f"{AMOUNT[word]} with {level}" for level, word in zip(group[factor], group["verdict"], strict=True)]
        parts.append(f"{depth:g} hidden layers: {', '.join(dict.fromkeys(levels))}")
    return "; ".join(parts)


def headline(numbers: Numbers) -> str:
    """Epochs of the deepest networks: with the baselines of both factors, and the fewest."""
    cells = numbers["cells"]
    deepest = cells[cells[DEPTH] == cells[DEPTH].max()]
    plain = deepest[(deepest[INIT] == BASELINES[INIT]) & (deepest[NORM] == BASELINES[NORM])].iloc[0]
    rows = plain, deepest.loc[deepest["epochs"].idxmin()]
    parts = dict.fromkeys(f"init {row[INIT]}, norm {row[NORM]}: {row[EPOCHS]}" for row in rows)
    return f"epochs to PCA's error of {plain[DEPTH]:g} hidden layers: {'; '.join(parts)}"


def draw(numbers: Numbers) -> Figure:
    cells = numbers["cells"]
    ends = {"least": cells["epochs"] - cells["half"], "most": cells["epochs"] + cells["half"]}
    cells = cells.assign(**ends, bound=cells["half"].isna())
    depths = list(cells[DEPTH].unique())
    drawn = figure(WIDTH, HEIGHT)
    panels = drawn.subplots(2, len(depths), sharex=True, sharey="row", squeeze=False)
    for (speed, lost), depth in zip(panels.T, depths, strict=True):
        rows = cells[cells[DEPTH] == depth]
        chart.asymmetric_dots(speed, rows, INIT, NORM, ("epochs", "least", "most"), hollow="bound")
        chart.asymmetric_dots(lost, rows, INIT, NORM, ("mean", "low", "high"))
        lost.tick_params(axis="x", rotation=30 if rows[INIT].nunique() > 3 else 0)
        speed.set_title(f"{depth:g} hidden layers", fontsize="medium")
    panels[0, 0].set_ylabel("epochs to PCA's error")
    panels[1, 0].set(ylabel="share of lost runs", ylim=(-0.05, 1.05))
    drawn.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right center", title="norm")
    return drawn


CLAIM = Claim(
    number=4,
    name="stability",
    sentence="Initialisation and normalisation change the stability and speed of convergence.",
    protocol=(
        "Initialisation × normalisation × depth. Stability: runs that diverge (a loss that is not finite) or die (test "
        "error above 90 % of the mean image's, which needs no code). Speed: epochs until the validation error is below "
        "the test error of PCA with as many numbers, interpolated between epochs. PCA's validation error, which would "
        "be the fairer goal, is not recorded; with the 2,000 images of size=quick it is 0.6 % higher. A run that never "
        "reaches the goal counts with all of its epochs, fewer than it would need: such speeds, and differences from "
        "them, are bounds, and two bounds are not compared."
    ),
    rule=(
        "Initialisation and normalisation can each change speed (against default and none, paired t tests over seeds) "
        f"and stability (lost runs against default's and none's at each depth, Fisher's exact test), Holm-corrected "
        f"within a table, p < {ALPHA}. supported: all four; not supported: none; mixed: some."
    ),
    studies=("stability",),
    captions={
        "cells": "Epochs to PCA's error, mean ± half of the 95 % interval (n); runs that diverged or died, with "
        "Wilson's 95 % interval of their share.",
        "speed_init": "Epochs minus those with the default initialisation.",
        "speed_norm": "Epochs minus those without normalisation.",
        "lost_init": "Share of lost runs minus that of the default initialisation, all norms pooled.",
        "lost_norm": "Share of lost runs minus that without normalisation, all initialisations pooled.",
    },
    legend="Epochs to PCA's error and share of lost runs by initialisation, normalisation and depth: means with 95 % "
    "bars over seeds (hollow: a bound, since some runs never reach it), shares with Wilson's.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
    counts_failures=True,
)
