"""Claim 3: the activation changes feature quality and the smoothness of reconstructions."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.measure import MSE, Quantity, differences, different, means, runs
from narrows.claims.engine.sentences import epochs, percent
from narrows.report.figures.style import HEIGHT, WIDTH, figure
from narrows.report.numbers import spread
from narrows.stats.grid import Grid

ACTIVATION, BASELINE, LINEAR = "model.activation", "relu", "identity"
PROBE = Quantity("probe accuracy", "test/probe")
LENGTH = Quantity("path length", "test/path_length")
QUANTITIES = [
    MSE,
    PROBE,
    Quantity("dead units", "test/dead_units"),
    LENGTH,
    Quantity("path peak", "test/path_peak"),
    Quantity("Jacobian norm", "test/jacobian_norm"),
]
ENOUGH = 0.25  # of the non-linear activations have to differ


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Means of each activation, and differences from relu in features, smoothness and error."""
    table = runs(grids)
    after = epochs(table)
    return {
        "means": means(table, [ACTIVATION], QUANTITIES),
        "features": differences(table, [], PROBE, ACTIVATION, BASELINE).assign(after=after),
        "smoothness": differences(table, [], LENGTH, ACTIVATION, BASELINE).assign(after=after),
        "error": differences(table, [], MSE, ACTIVATION, BASELINE),
    }


def judge(numbers: Numbers) -> Verdict:
    """Features and smoothness each have to differ under a quarter of the non-linear activations."""
    changed = {name: different(_nonlinear(numbers[name])) for name in ("features", "smoothness")}
    held = sum(len(rows) >= ENOUGH * len(_nonlinear(numbers[name])) for name, rows in changed.items())
    sentences = [
        _sentence("probe accuracy", changed["features"], numbers["features"]),
        _sentence("path length", changed["smoothness"], numbers["smoothness"]),
    ]
    return Verdict(share(held, 2), f"After {numbers['features']['after'].iloc[0]} {'; '.join(sentences)}.")


def _nonlinear(table: DataFrame) -> DataFrame:
    return table[table[ACTIVATION] != LINEAR]


def _sentence(name: str, changed: DataFrame, table: DataFrame) -> str:
    """“the path length differs from relu's under 3 of 11 other non-linear activations (sine +12%, …)”."""
    extents = [f"{row[ACTIVATION]} {percent(row['relative'], 1)}" for _, row in changed.iterrows()]
    listed = f" ({', '.join(extents)})" if extents else ""
    others = len(_nonlinear(table))
    return f"the {name} differs from {BASELINE}'s under {len(changed)} of {others} other non-linear activations{listed}"


def headline(numbers: Numbers) -> str:
    """The range of probe accuracy and path length over the non-linear activations."""
    rows, labels = _nonlinear(numbers["means"]), (PROBE.label, LENGTH.label)
    return "; ".join(_range(rows[rows["quantity"] == label], label) for label in labels)


def _range(rows: DataFrame, name: str) -> str:
    low, high = rows.loc[rows["mean"].idxmin()], rows.loc[rows["mean"].idxmax()]
    ends = [f"{spread(row['mean'], row['ci95'])} ({row[ACTIVATION]})" for row in (low, high)]
    return f"{name} {ends[0]} to {ends[1]}, n = {low['n']}"


def draw(numbers: Numbers) -> Figure:
    drawn, rows = figure(WIDTH * 1.1, HEIGHT * 1.2), numbers["means"]
    for axes, quantity in zip(drawn.subplots(2, 2, sharex=True).flat, QUANTITIES[:4], strict=True):
        chart.dots(axes, rows[rows["quantity"] == quantity.label], ACTIVATION)
        axes.set_title(quantity.label, fontsize="medium")
        axes.tick_params(axis="x", rotation=90)
    return drawn


CLAIM = Claim(
    number=3,
    name="activations",
    sentence="The activation changes feature quality and the smoothness of reconstructions.",
    protocol=(
        "All activations in the same autoencoder, everything else equal, trained for the same number of epochs: one "
        "that learns slowly is measured before it has converged. Feature quality: test accuracy of a linear classifier "
        "on the codes (probe). Smoothness: images decoded along straight lines between codes of test images; the "
        "length of their path over the distance of its ends (1 is straight), its longest step over the mean step, and "
        "the norm of the decoder's Jacobian scaled by the spread of the codes. Also the test error and dead units."
    ),
    rule=(
        "Each activation is compared with relu, paired by seed, Holm-corrected within a table. Features (probe "
        "accuracy) or smoothness (path length) change if at least a quarter of the other non-linear activations "
        "differ. supported: both change; mixed: one; not supported: neither."
    ),
    studies=("activations",),
    captions={
        "means": "Mean ± half of the 95 % interval (n). Dead units: share of hidden units that respond "
        "to all images alike.",
        "features": "Probe accuracy minus relu's.",
        "smoothness": "Path length minus relu's.",
        "error": "Test MSE × 10⁻³ minus relu's.",
    },
    legend="Each activation: test error, accuracy of a linear probe on the codes, dead units and path length.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
