"""Claim 12: it works on any numerical data."""

from collections.abc import Mapping
from math import nan

import numpy as np
from matplotlib.figure import Figure

from narrows.claims.engine import chart
from narrows.claims.engine.claim import Claim, Numbers, Verdict, share
from narrows.claims.engine.measure import Quantity, gaps, means, runs
from narrows.claims.engine.sentences import listed
from narrows.report.figures.style import GREY, figure
from narrows.report.numbers import spread
from narrows.stats.factors import BOTTLENECK
from narrows.stats.grid import PCA, TEST_MSE, Grid

#: The kind of data of each study.
KINDS = {
    "own_table": "table: a survey",
    "own_images": "images: photographs",
    "own_series": "series: a pulse",
    "own_texts": "texts: a changelog",
}
DATA = "data"
RATIO, ONE = "ratio", "one"
ERROR = Quantity("test MSE, % of PCA's", RATIO, 100)


def measure(grids: Mapping[str, Grid]) -> Numbers:
    """Errors as shares of those of PCA with as many numbers, since the data sets have different units."""
    table = runs(grids)
    table = table.assign(**{DATA: table["study"].map(KINDS), RATIO: table[TEST_MSE] / table[PCA], ONE: 1.0})
    return {
        "errors": means(table, [DATA, BOTTLENECK], [ERROR]).drop(columns="quantity"),
        "gaps": gaps(table, [DATA, BOTTLENECK], ERROR, ONE).assign(relative=nan),  # the differences are shares
    }


def judge(numbers: Numbers) -> Verdict:
    """It works on a data set if its error is below PCA's at every bottleneck."""
    verdicts = {str(name): set(group["verdict"]) for name, group in numbers["gaps"].groupby(DATA, sort=False)}
    works = [name for name, words in verdicts.items() if words == {"lower"}]
    worse = [name for name, words in verdicts.items() if "higher" in words]
    return Verdict(
        share(len(works), len(verdicts)),
        f"The error is below PCA's at every bottleneck on {len(works)} of {len(verdicts)} data sets ({listed(works)}); "
        f"above it at some bottleneck on {len(worse)} ({listed(worse)}).",
    )


def headline(numbers: Numbers) -> str:
    """The lowest and the highest share of PCA's error."""
    errors = numbers["errors"]
    ends = [errors.loc[index] for index in (errors["mean"].idxmin(), errors["mean"].idxmax())]
    return "; ".join(
        f"{spread(row['mean'], row['ci95'])} % of PCA's error ({row[DATA]}, bottleneck {row[BOTTLENECK]:g}, "
        f"n = {row['n']})"
        for row in ends
    )


def draw(numbers: Numbers) -> Figure:
    errors = numbers["errors"]
    order = errors.groupby(DATA, sort=False).cumcount()
    drawn = figure()
    axes = drawn.add_subplot()
    chart.dots(axes, errors.assign(code=np.where(order == 0, "narrow", "wide")), DATA, "code")
    axes.axhline(100, color=GREY, ls="--", label="PCA")
    axes.set_ylabel("test MSE, % of PCA's")
    axes.legend(title="code")
    return drawn


CLAIM = Claim(
    number=12,
    name="own_data",
    sentence="It works on any numerical data.",
    protocol=(
        "One architecture (a hidden layer of 64 units, GELU) and one setting of the optimiser, not tuned on any of the "
        "data, on four kinds of data that Python packages contain: a survey's table (statsmodels), patches of "
        "photographs (scikit-image), windows of a pulse (HeartPy), bags of words (paragraphs of Lightning's changelog, "
        "without headings and repetitions). The table, the images and the series are standardised by the training "
        "split. A fifth of each is the test split, selected by a fixed permutation. Overlap of the splits: 99 of the "
        "survey's 1,273 test rows have an equal training row (its answers are small whole numbers), and no row of the "
        "other data has; windows do not overlap, but windows next to each other in time are in both splits. PCA has as "
        "many components, the same training rows and the same units."
    ),
    rule=(
        "It works on a data set if the test error is lower than PCA's at every bottleneck (paired t test over seeds, "
        "Holm-corrected over all cases). supported: on all; not supported: on none; mixed: on some."
    ),
    studies=tuple(KINDS),
    captions={
        "errors": "Test MSE as % of PCA's: mean ± half of the 95 % interval over seeds (n).",
        "gaps": "Test MSE minus PCA's, in % of PCA's (negative: below PCA's); n seeds.",
    },
    legend="Test error as % of PCA's with as many numbers: narrow codes have 2 numbers, wide ones 8 (4 for the table).",
    measure=measure,
    judge=judge,
    headline=headline,
    draw=draw,
)
