"""Claim 4: initialisation and normalisation change the stability and the speed of convergence."""

from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame, Series

from narrows.claims.engine import chart
from narrows.claims.engine.cells import scores
from narrows.claims.engine.claim import Claim
from narrows.claims.engine.controls import expect_halves_equal
from narrows.claims.engine.differing import PlannedTest
from narrows.claims.engine.evidence import Control, Evidence, Numbers, Strongest
from narrows.claims.engine.lost_runs import LOST, RUNS, factor_tests, in_words, wilson
from narrows.claims.engine.measure import MEANS, Quantity, differences, groups
from narrows.claims.engine.planned import Planned, equals
from narrows.config.quantities import quantity
from narrows.report.figures.style import HEIGHT, WIDTH, figure
from narrows.report.numbers import p_value, spread
from narrows.stats.grid import PCA, TEST_MSE, Grid
from narrows.stats.inference import half_width

INIT, NORM, WIDTHS, DEPTH = "model.init", "model.norm", "model.widths", "hidden layers"
BASELINES = {INIT: "default", NORM: "none"}
STUDY, BROKEN = "stability", "stability_broken"
MEAN_IMAGE = 0.0675  # test MSE of the mean training image, MNIST: 52.90 / 784
DEAD = 0.9  # of MEAN_IMAGE: a run with a higher error hardly distinguishes images
SPEED = Quantity("epochs", "epochs to PCA")
NEVER, EPOCHS = "never", "epochs to PCA's error"
PAIR = Planned(
    quantity(TEST_MSE), "batch norm", "no norm and the default initialisation", "with the most hidden layers"
)
PLANNED = PlannedTest("initialisation and normalisation", PAIR)


def evidence(grids: Mapping[str, Grid]) -> Evidence:
    """Errors after equally many epochs of the deepest networks; speed and losses over all planned runs."""
    table = _outcomes(grids[STUDY])
    deepest = table[table[DEPTH] == table[DEPTH].max()]
    cells = {
        f"{init}, {norm}": scores(rows, TEST_MSE) for (init, norm), rows in deepest.groupby([INIT, NORM], sort=False)
    }
    plain, numbers = cells["default, none"], tables(grids[STUDY])
    best = min(cells, key=lambda name: float(np.nanmean(cells[name])))
    return Evidence(
        primary=PLANNED.test(cells),
        strongest=Strongest(
            "default initialisation and no norm, against the best",
            replace(PAIR, level=best).compare(cells[best], plain),
        ),
        controls=[_broken_is_lost(grids[BROKEN]), expect_halves_equal(cells[best], replace(PAIR, level=best))],
        gates=[],
        tables=numbers,
        further=[_stability(numbers["lost"])],
    )


def _stability(lost: DataFrame) -> str:
    """Which factors change the odds of losing a run."""
    count, runs = lost[["lost", "runs"]].iloc[0]
    tests = [f"{factor} {equals(p_value(p))}" for factor, p in zip(lost["factor"], lost["holm"], strict=True)]
    return (
        f"Stability: {count} of {runs} runs diverged or died; p of each factor in a logistic model: {', '.join(tests)}."
    )


def _broken_is_lost(grid: Grid) -> Control:
    """A learning rate that no network survives: a lost run is seen."""
    count, n = int(_lost(grid.runs).sum()), len(grid.runs)
    rate = next(iter(grid.records.values())).config["optimizer"]["lr"]
    return Control(f"learning rate {rate:g}", "all runs lost", in_words(count, n), count == n)


def tables(grid: Grid) -> Numbers:
    """Speed and losses over all planned runs, including failed ones."""
    table = _outcomes(grid)
    return {
        "cells": _cells(table),
        "speed_init": _speeds(table, [DEPTH, NORM], INIT),
        "speed_norm": _speeds(table, [DEPTH, INIT], NORM),
        "lost": factor_tests(table, [INIT, NORM, DEPTH]),
    }


def _lost(runs: DataFrame) -> "Series[float]":
    """1 for a run that diverged or died, 0 for another."""
    return ((runs["status"] == "failed") | ~(runs[TEST_MSE] < DEAD * MEAN_IMAGE)).astype(float)


def _outcomes(grid: Grid) -> DataFrame:
    """The planned runs with their depth, whether they were lost, and their epochs to PCA's error."""
    table = grid.runs.drop_duplicates(["cell", "seed"]).copy()
    table[DEPTH] = [1 + str(widths).count("-") for widths in table[WIDTHS]]
    table[LOST] = _lost(table)
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
        "Initialisation × normalisation × depth, all with one constant learning rate: speed is the error after "
        "equally many epochs and, beside it, the epochs until the validation error is below the test error of PCA with "
        "as many numbers, interpolated between epochs. PCA's validation error, which would be the fairer goal, is not "
        "recorded. A run that never reaches the goal counts with all of its epochs, fewer than it would need: such "
        "speeds, and differences from them, are bounds, and two bounds are not compared. Stability: runs that diverge "
        f"(a loss that is not finite) or die (test error above {100 * DEAD:g} % of the mean image's, which needs no "
        "code). A learning rate with which no network can learn is the positive control for lost runs."
    ),
    planned=PLANNED,
    studies=(STUDY, BROKEN),
    captions={
        "cells": "Epochs to PCA's error, mean ± half of the 95 % interval (n); runs that diverged or died, with "
        "Wilson's 95 % interval of their share.",
        "speed_init": "Epochs minus those with the default initialisation.",
        "speed_norm": "Epochs minus those without normalisation.",
        "lost": "Which factors change the odds of losing a run: likelihood-ratio tests in a logistic model, with "
        "Holm's correction.",
    },
    legend="Epochs to PCA's error and share of lost runs by initialisation, normalisation and depth: means with 95 % "
    "bars over seeds (hollow: a bound, since some runs never reach it), shares with Wilson's.",
    evidence=evidence,
    draw=draw,
    counts_failures=True,
)
