"""Claim 4: initialisation and normalisation change the stability and the speed of convergence."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from matplotlib.figure import Figure
from pandas import DataFrame
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint

from narrows.claims import chart
from narrows.claims.claim import Claim, Numbers, Verdict, share
from narrows.claims.measure import DIFFERENCES, MEANS, Quantity, differences, groups, keys, means, tested
from narrows.report.statistics import ALPHA
from narrows.report.style import HEIGHT, WIDTH, figure
from narrows.report.table import MAIN, PCA, Grid

INIT, NORM, WIDTHS, DEPTH = "model.init", "model.norm", "model.widths", "hidden layers"
BASELINES = {INIT: "default", NORM: "none"}
MEAN_IMAGE = 0.0675  # test MSE of the mean training image, MNIST: 52.90 / 784
DEAD = 0.9  # of it: a run that ends above learned nothing that tells images apart
SPEED = Quantity("epochs", "epochs to PCA")
LOST = "lost"
#: What each table of differences would show.
EFFECTS = {
    "speed_init": "Initialisation changes speed",
    "speed_norm": "normalisation changes speed",
    "lost_init": "initialisation changes stability",
    "lost_norm": "normalisation changes stability",
}


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Speed and losses of every run that was planned, failed ones among them."""
    table = _outcomes(grids["stability"])
    return {
        "speed": means(table, [DEPTH, INIT, NORM], [SPEED]).drop(columns="quantity"),
        "speed_init": differences(table, [DEPTH, NORM], SPEED, INIT, BASELINES[INIT]),
        "speed_norm": differences(table, [DEPTH, INIT], SPEED, NORM, BASELINES[NORM]),
        "lost": _shares(table, [DEPTH, INIT, NORM]),
        "lost_init": _fisher(table, INIT),
        "lost_norm": _fisher(table, NORM),
    }


def _outcomes(grid: Grid) -> DataFrame:
    table = grid.runs.drop_duplicates(["cell", "seed"]).copy()
    table[DEPTH] = [1 + str(widths).count("-") for widths in table[WIDTHS]]
    table[LOST] = ((table["status"] == "failed") | ~(table[MAIN] < DEAD * MEAN_IMAGE)).astype(float)
    table[SPEED.metric] = [_epochs(grid, run) for run in table["run"]]
    return table


def _epochs(grid: Grid, run: str) -> float:
    """Epochs until the validation error is below PCA's, interpolated; all of them and one more where it never is."""
    entry = grid.records[run]
    planned = float(entry.config["trainer"]["max_epochs"])
    errors = np.array([MEAN_IMAGE, *entry.curves.get("val/loss", [])])
    goal = entry.metrics.get(PCA, 0.0)
    below = np.flatnonzero(errors < goal)
    if entry.status != "done" or not len(below):
        return planned + 1
    last = int(below[0])
    return last - float((goal - errors[last]) / (errors[last - 1] - errors[last]))


def _shares(table: DataFrame, by: Sequence[str]) -> DataFrame:
    """The share of lost runs with half of Wilson's 95 % interval."""
    rows = []
    for levels, group in groups(table, by):
        n, count = len(group), int(group[LOST].sum())
        low, high = proportion_confint(count, n, method="wilson")
        rows.append((*levels, n, count / n, group[LOST].std(), (high - low) / 2))
    return DataFrame(rows, columns=[*by, *MEANS])


def _fisher(table: DataFrame, factor: str) -> DataFrame:
    """Lost runs of each level against the baseline's at each depth, over all levels of the other factor."""
    rows = []
    for depth, level in product(table[DEPTH].unique(), table[factor].unique()):
        if level != BASELINES[factor]:
            at = table[table[DEPTH] == depth]
            lost = [at[at[factor] == one][LOST] for one in (level, BASELINES[factor])]
            p = fisher_exact([[part.sum(), len(part) - part.sum()] for part in lost]).pvalue
            apart = lost[0].mean() - lost[1].mean()
            n = min(map(len, lost))
            rows.append((depth, level, n, apart, np.nan, np.nan, np.nan, float(p)))
    return tested(DataFrame(rows, columns=[DEPTH, factor, *DIFFERENCES[:-2]]))


def judge(numbers: Numbers) -> Verdict:
    """Each of two factors can change each of two things."""
    if (numbers["lost"]["mean"] == 1).all():
        return Verdict("open", "Every run was lost: too few steps or images to compare anything.")
    found = {name: _found(numbers[name]) for name in EFFECTS}
    said = "; ".join(
        f"{effect} in {len(found[name])} of {len(numbers[name])} comparisons"
        + (f" ({_where(found[name])})" if len(found[name]) else "")
        for name, effect in EFFECTS.items()
    )
    return Verdict(share(sum(map(bool, map(len, found.values()))), len(found)), f"{said}.")


def _found(table: DataFrame) -> DataFrame:
    return table[table["verdict"].isin(["lower", "higher"])]


def _where(rows: DataFrame) -> str:
    """“8 hidden layers: batch, layer”: levels of the compared factor that differ somewhere at this depth."""
    factor = keys(rows)[-1]
    parts = [
        f"{depth:g} hidden layers: {', '.join(dict.fromkeys(group[factor]))}"
        for depth, group in rows.groupby(DEPTH, sort=False)
    ]
    return "; ".join(parts)


def headline(numbers: Numbers) -> str:
    """Lost runs of the deepest nets by norm."""
    lost = numbers["lost"]
    deepest = lost[lost[DEPTH] == lost[DEPTH].max()]
    parts = []
    for norm, group in deepest.groupby(NORM, sort=False):
        parts.append(f"{norm} {(group['mean'] * group['n']).sum():.0f} of {group['n'].sum()}")
    return f"lost runs of {lost[DEPTH].max():g} hidden layers by norm: {', '.join(parts)}"


def draw(numbers: Numbers) -> Figure:
    depths = list(numbers["speed"][DEPTH].unique())
    drawn = figure(WIDTH, HEIGHT)
    panels = drawn.subplots(2, len(depths), sharex=True, sharey="row", squeeze=False)
    for column, depth in enumerate(depths):
        for axes, name in zip(panels[:, column], ("speed", "lost"), strict=True):
            rows = numbers[name]
            chart.dots(axes, rows[rows[DEPTH] == depth], INIT, NORM)
        panels[0, column].set_title(f"{depth:g} hidden layers", fontsize="medium")
    panels[0, 0].set_ylabel("epochs to PCA's error")
    panels[1, 0].set_ylabel("share of lost runs")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside right center", title="norm")
    return drawn


CLAIM = Claim(
    number=4,
    name="stability",
    sentence="Initialisation and normalisation change the stability and speed of convergence.",
    protocol=(
        "Initialisation × normalisation × depth. Stability: runs that diverge (a loss that is not finite) or die (test "
        "error above 90 % of the mean image's, which takes no code). Speed: epochs until the validation error is below "
        "PCA's test error with as many numbers, interpolated between epochs; a run that never comes there counts as "
        "one epoch more than it had."
    ),
    rule=(
        "Initialisation and normalisation can each change speed (against default and none, paired t tests over seeds) "
        f"and stability (lost runs against default's and none's at each depth, Fisher's exact test), Holm-corrected "
        f"within a table, p < {ALPHA}. supported: all four; not supported: none; mixed: between."
    ),
    studies=("stability",),
    captions={
        "speed": "Epochs to PCA's error: mean ± half of the 95 % interval (n).",
        "speed_init": "Epochs minus those with the default initialisation.",
        "speed_norm": "Epochs minus those without normalisation.",
        "lost": "Share of runs that diverged or died ± half of Wilson's 95 % interval (n).",
        "lost_init": "Share of lost runs minus that of the default initialisation, all norms together.",
        "lost_norm": "Share of lost runs minus that without normalisation, all initialisations together.",
    },
    legend="Epochs to PCA's error and share of lost runs by initialisation, normalisation and depth.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
    counts_failures=True,
)
