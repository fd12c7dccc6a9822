"""Confidence intervals over seeds, verdicts and Holm's correction."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pandas import DataFrame
from scipy import stats

CONFIDENCE = 0.95
ALPHA = 0.05
FEWEST = 3  # common seeds; with fewer nothing is called a difference
ROUNDING = 1e-12  # relative: differences that vary less than this over seeds differ by rounding only

NO_DIFFERENCE = "no difference shown"
NO_SPREAD = "no spread over seeds, not tested"


def half_width(sd: ArrayLike, n: ArrayLike) -> Any:  # noqa: ANN401 - an array or a Series, as it was given
    """Half of the 95 % confidence interval of a mean (Student t), NaN for fewer than two values."""
    count = np.asarray(n, dtype=float)
    enough = np.where(count > 1, count, np.nan)
    return sd * stats.t.ppf((1 + CONFIDENCE) / 2, enough - 1) / np.sqrt(enough)


def means(groups: Any, geometric: bool = False) -> DataFrame:  # noqa: ANN401 - a grouped column, whose type pandas does not export
    """A row for each group: n, mean, sd, ci95 (half of the 95 % interval of the mean), low and high (its ends).

    With `geometric` the mean is the geometric one and the interval that of the mean of the logarithms, which is not
    symmetric: ci95 is NaN. Values must then be positive.
    """
    if not geometric:
        return DataFrame(arithmetic(groups))
    n, sd = groups.count(), groups.std()
    logarithms = groups.agg(lambda values: np.log(values).mean())
    spread = half_width(groups.agg(lambda values: np.log(values).std()), n)
    ends = {"low": np.exp(logarithms - spread), "high": np.exp(logarithms + spread)}
    return DataFrame({"n": n, "mean": np.exp(logarithms), "sd": sd, "ci95": np.nan} | ends)


def arithmetic(groups: Any) -> dict[str, Any]:  # noqa: ANN401 - one grouped column, or several
    """The columns of `means`, each a Series; of several grouped columns, each a DataFrame with as many."""
    n, mean, sd = groups.count(), groups.mean(), groups.std()
    half = half_width(sd, n)
    return {"n": n, "mean": mean, "sd": sd, "ci95": half, "low": mean - half, "high": mean + half}


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """p values after Holm's correction (1979); NaN marks a test that was not made, stays NaN and is not counted.

    As `multipletests` of statsmodels, whose 40 ms a call are minutes for the tables of a large study.
    """
    corrected, order = np.full(len(p), np.nan), np.argsort(p)  # NaN last
    order = order[: int((~np.isnan(p)).sum())]
    steps = p[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def verdict(n: int, difference: float, corrected: float) -> str:
    """The conclusion from one comparison: “lower”, “higher”, or why it is neither."""
    if n < FEWEST:
        return f"too few seeds (n = {n})"
    if np.isnan(corrected):
        return NO_DIFFERENCE if difference == 0 else NO_SPREAD
    if corrected >= ALPHA:
        return NO_DIFFERENCE
    return "lower" if difference < 0 else "higher"


def with_verdicts(table: DataFrame) -> DataFrame:
    """`table` (columns n, difference, p) with the columns `holm`, corrected over all rows, and `verdict`."""
    table["holm"] = holm(table["p"].to_numpy(float))
    table["verdict"] = [verdict(*row) for row in table[["n", "difference", "holm"]].itertuples(index=False)]
    return table
