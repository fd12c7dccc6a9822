"""Claim 1: an autoencoder beats PCA at the same bottleneck."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from pandas import DataFrame

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Reference, Verdict, share
from narrows.claims.engine.measure import MSE, gaps, higher, lower, means, runs
from narrows.claims.engine.sentences import difference, epochs, percent, places
from narrows.report.figures.style import GREY, figure, plain, ticks
from narrows.stats.factors import BOTTLENECK, SEED
from narrows.stats.grid import PCA, TEST_MSE, Grid

#: The kind of encoder and decoder that each study trains; `pca_mlp` trains a shallow and a deep kind.
KINDS = {"pca_linear": "linear", "pca_mlp": "mlp", "pca_conv": "conv"}
NONLINEAR = ("shallow", "deep", "conv")


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Errors of each kind and of PCA at each bottleneck, and the differences between them."""
    table = runs(grids, ["model.widths"])
    table["model"] = [_kind(*row) for row in table[["study", "model.widths"]].itertuples(index=False)]
    exact = table.drop_duplicates([BOTTLENECK, SEED]).assign(model="PCA", **{TEST_MSE: lambda rows: rows[PCA]})
    errors = means(pd.concat([table, exact]), [BOTTLENECK, "model"], [MSE])
    compared = gaps(table, [BOTTLENECK, "model"], MSE, PCA).assign(after=epochs(table))
    return {"errors": errors.drop(columns="quantity"), "gaps": compared}


def _kind(study: str, widths: "list[int] | None") -> str:
    if study != "pca_mlp":
        return KINDS[study]
    return "shallow" if widths is not None and len(widths) == 1 else "deep"


def judge(numbers: Numbers) -> Verdict:
    """Every non-linear kind at every bottleneck is a case: below PCA's error, above it, or neither."""
    gaps = numbers["gaps"]
    tested = gaps[gaps["model"].isin(NONLINEAR)]
    better, worse = lower(tested), higher(tested)
    cases = f"{_where(better, len(tested), 'below')}; {_where(worse, len(tested), 'above')}"
    return Verdict(share(len(better), len(tested)), f"After {tested['after'].iloc[0]} {cases}.")


def _where(rows: DataFrame, tested: int, side: str) -> str:
    """“the error is below PCA's in 9 of 12 cases of kind and bottleneck (shallow: 2, 8; …)”."""
    listed = f" ({places(rows, ['model', BOTTLENECK])})" if len(rows) else ""
    return f"the error is {side} PCA's in {len(rows)} of {tested} cases of kind and bottleneck{listed}"


def headline(numbers: Numbers) -> str:
    """The lowest error relative to PCA's at the narrowest and at the widest bottleneck."""
    gaps = numbers["gaps"][numbers["gaps"]["model"].isin(NONLINEAR)]
    ends = [gaps[gaps[BOTTLENECK] == end] for end in (gaps[BOTTLENECK].min(), gaps[BOTTLENECK].max())]
    best = [end.loc[end["relative"].idxmin()] for end in ends]
    return "; ".join(
        f"{percent(row['relative'])} at {row[BOTTLENECK]:g} ({row['model']}, {difference(row)} × 10⁻³, n = {row['n']})"
        for row in best
    )


def draw(numbers: Numbers) -> Figure:
    drawn = figure()
    axes, errors = drawn.add_subplot(), numbers["errors"].sort_values(BOTTLENECK)
    chart.lines(axes, errors[errors["model"] != "PCA"], BOTTLENECK, "model")
    exact = errors[errors["model"] == "PCA"]
    axes.plot(exact[BOTTLENECK], exact["mean"], color=GREY, ls="--", label="PCA")
    axes.set(xscale="log", yscale="log", xlabel="bottleneck (numbers in the code)", ylabel=MSE.label)
    ticks(axes.xaxis, list(exact[BOTTLENECK]))
    plain(axes.yaxis)
    axes.legend()
    return drawn


CLAIM = Claim(
    number=1,
    name="pca",
    sentence="An autoencoder beats PCA at the same bottleneck.",
    protocol=(
        "Linear, shallow (one hidden layer), deep and convolutional autoencoders at several bottlenecks, each run "
        "compared with PCA with as many components, fitted exactly to the same training images and scored on the same "
        "test images. All train for the same number of epochs at a constant learning rate: an error above PCA's is the "
        "error after that training, not the lowest that the kind can reach."
    ),
    rule=(
        "supported: every non-linear kind has a lower test error than PCA at every bottleneck (paired t test over "
        "seeds, Holm-corrected over all cases); not supported: none does at any; mixed: anything between."
    ),
    studies=tuple(KINDS),
    captions={
        "errors": "Test MSE × 10⁻³ (pixels in [0, 1]): mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE × 10⁻³ minus PCA's: mean ± half of the 95 % interval (relative to PCA), n seeds.",
    },
    legend="Test error over the bottleneck: means and 95 % bands over seeds. Dashed: PCA.",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
    references=tuple(
        Reference(
            f"PCA-{k}: test MSE × 10⁻³", mse, "60,000", "pca_linear", "errors", {BOTTLENECK: k, "model": "PCA"}
        )  # exact and not clipped, computed from MNIST's files, all 10,000 test images scored
        for k, mse in {2: 55.67, 8: 37.44, 32: 16.83, 128: 4.205}.items()
    ),
)
