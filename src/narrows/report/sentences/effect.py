"""The sentence about the effect: what the comparisons show, or how large a difference they would have shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from narrows.report.numbers import CONFIDENT
from narrows.report.sentences import phrases
from narrows.stats.comparisons import DIFFERENT, EQUAL, compared, comparing
from narrows.stats.contrast import POWER
from narrows.stats.factors import x_factor
from narrows.stats.grid import Grid
from narrows.stats.inference import FEWEST, NO_DIFFERENCE

INTERVAL = f"{CONFIDENT} interval"


def effect(grid: Grid, comparisons: DataFrame) -> str:
    """One sentence about all comparisons; empty if there are none."""
    rows = comparisons.dropna(subset=["difference"]) if len(comparisons) else comparisons
    if rows.empty:
        return ""
    shown = rows[rows["verdict"].isin(DIFFERENT)]
    if len(shown):
        return _shown(grid, rows, shown)
    if (rows["verdict"] == EQUAL).all():
        return _equal(grid, rows)
    if rows["holm"].notna().any():
        return _not_shown(grid, rows[rows["holm"].notna()])
    return _untested(grid, rows)


def is_trend(grid: Grid) -> bool:
    """True if levels of the number on x are compared only because nothing else varies; the ends of x tell more."""
    x = x_factor(grid.factors)
    numeric = x is not None and x.numeric and len(x.levels) > 2
    return numeric and compared(grid) == [x] and not grid.study.baseline


def _tests(rows: DataFrame) -> int:
    return int(rows["holm"].notna().sum())


def _shown(grid: Grid, rows: DataFrame, shown: DataFrame) -> str:
    """The largest difference in each direction, and how many there are."""
    directions = sorted(DIFFERENT, key=lambda direction: direction != grid.main.better)
    groups = [group for direction in directions if len(group := shown[shown["verdict"] == direction])]
    largest = [group.loc[group["difference"].abs().idxmax()] for group in groups]
    tests = _tests(rows)
    first, *second = largest
    text = f"The {grid.main.label} of {_difference(grid, first, tests)}"
    text += "".join(f", and that of {_difference(grid, other, tests)}" for other in second)
    if tests == 1:
        return f"{text}."
    counts = "" if len(groups) == 1 else f" ({_counts(groups)})"
    if len(shown) == 1:
        return f"{text}: the only difference that {tests} comparisons show."
    return f"{text}: the largest of {len(shown)} differences{counts} that {tests} comparisons show."


def _counts(groups: Sequence[DataFrame]) -> str:
    """“3 lower and 1 higher”."""
    return phrases.several([f"{len(group)} {group['verdict'].iloc[0]}" for group in groups])


def _difference(grid: Grid, row: "Series[Any]", tests: int) -> str:
    """“activation gelu is 6.1 % lower than that of relu at bottleneck 8 (95 % interval …)”."""
    half = (row["high"] - row["low"]) / 2
    ends = phrases.size(grid, row["low"], row["high"], half=half)
    amount = phrases.size(grid, row["difference"], half=half)
    return (
        f"{phrases.level(grid, row)} is {amount} {row['verdict']} than that of "
        f"{phrases.base(grid, row)}{_at(row)} ({INTERVAL} {ends}, {_seeds(row)}, {comparing(grid).test}, "
        f"{phrases.p(row['holm'], tests)})"
    )


def _equal(grid: Grid, rows: DataFrame) -> str:
    """All levels are equal within the margin."""
    row = rows.loc[rows["difference"].abs().idxmax()]
    ends, margin = phrases.signed_interval(grid, row["low"], row["high"]), phrases.margin(grid)
    evidence = f"two one-sided tests, {phrases.p(rows['holm_equal'].max(), len(rows))}"
    if len(rows) == 1:
        return (
            f"The {grid.main.label} of {phrases.level(grid, row)} equals that of {phrases.base(grid, row)} within "
            f"±{margin} (difference with {INTERVAL} {ends}, {_seeds(row)}, {evidence})."
        )
    return (
        f"The {grid.main.label} equals that of {phrases.baselines(grid)} within ±{margin} in all {len(rows)} "
        f"comparisons (the largest difference has the {INTERVAL} {ends}, {_seeds(rows)}, {evidence})."
    )


def _not_shown(grid: Grid, rows: DataFrame) -> str:
    """No difference is shown: which would have been?"""
    open_rows = rows[rows["verdict"] == NO_DIFFERENCE]
    equal = int((rows["verdict"] == EQUAL).sum())
    detectable = phrases.size(grid, open_rows["detectable"].min(), open_rows["detectable"].max())
    seen = f"would have been shown in {POWER * 100:.0f} % of such studies"
    test, tests = comparing(grid).test, _tests(rows)
    if len(rows) == 1:
        row = rows.iloc[0]
        ends = phrases.signed_interval(grid, row["low"], row["high"])
        return (
            f"No difference in {grid.main.label} between {phrases.level(grid, row)} and {phrases.base(grid, row)} is "
            f"shown{_at(row)} (difference with {INTERVAL} {ends}, {_seeds(row)}, {test}, "
            f"{phrases.p(row['holm'], tests)}); one of {detectable} {seen}."
        )
    within = f" {equal} of them show{'s' * (equal == 1)} equality within ±{phrases.margin(grid)};" if equal else ""
    return (
        f"None of {tests} comparisons with {phrases.baselines(grid)} shows a difference in {grid.main.label} "
        f"({_seeds(rows)}, {test}, smallest {phrases.p(rows['holm'].min(), tests)});{within} differences of "
        f"{detectable} {seen}."
    )


def _untested(grid: Grid, rows: DataFrame) -> str:
    """The largest difference of the means, and why no test was made."""
    row = rows.loc[rows["difference"].abs().idxmax()]
    if not row["difference"]:
        words = f"equals that of {phrases.base(grid, row)}"
    else:
        direction = "lower" if row["difference"] < 0 else "higher"
        words = f"is {phrases.size(grid, row['difference'])} {direction} than that of {phrases.base(grid, row)}"
    few = rows[["n", "n_baseline"]].min(axis=1).max() < FEWEST
    why = f"{_seeds(rows)}: too few seeds for a test, which needs {FEWEST}" if few else "no spread over seeds"
    which = "" if len(rows) == 1 or not row["difference"] else f", the largest of {len(rows)} differences"
    return f"The mean {grid.main.label} of {phrases.level(grid, row)} {words}{_at(row)}{which}, not tested ({why})."


def _seeds(rows: Any) -> str:  # noqa: ANN401 - a row or a table of rows
    counts = np.ravel(rows[["n", "n_baseline"]]).astype(int)
    return phrases.seeds(*counts)


def _at(row: "Series[Any]") -> str:
    return f" at {row['at']}" if row["at"] else ""
