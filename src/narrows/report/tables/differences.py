"""The table of comparisons with the baseline, as text."""

from math import isnan
from typing import Any, NamedTuple

from pandas import DataFrame, Series

from narrows.report.numbers import NOTHING, PARTIAL, decimals, minus, p_value, singular
from narrows.stats.comparisons import EQUAL, compared, comparing
from narrows.stats.grid import Grid
from narrows.stats.inference import NO_DIFFERENCE


class Scale(NamedTuple):
    """How differences are printed: times `factor`, in `unit`, with `decimals` at most; `margin` is that of equality."""

    factor: float
    unit: str
    decimals: int
    margin: float

    def number(self, difference: float, sign: str = "+") -> str:
        """A difference with two digits, such as “−12”."""
        number = difference * self.factor
        return minus(f"{number:{sign}.{decimals(abs(number), self.decimals)}f}")

    def interval(self, difference: float, low: float, high: float) -> str:
        """“−12.3 [−14.1, −10.2]”."""
        numbers = [number * self.factor for number in (difference, low, high)]
        if isnan(low):
            return self.number(difference)
        places = decimals((numbers[2] - numbers[1]) / 2, self.decimals)
        first, second, third = (f"{number:+.{places}f}" for number in numbers)
        return minus(f"{first} [{second}, {third}]")

    @property
    def equal(self) -> str:
        """“±5 % of the baseline”, empty without a margin."""
        number = f"{self.margin * self.factor:g}"
        return f"±{number} {singular(self.unit) if number == '1' else self.unit}" if self.margin else ""


def scale(grid: Grid) -> Scale:
    """Shares of the baseline in per cent where ratios are compared, else the unit of the main quantity."""
    how = comparing(grid)
    if how.logarithms:
        return Scale(100, "% of the baseline", 2, how.margin)
    unit = "percentage points" if grid.main.unit == "%" else grid.main.unit
    return Scale(grid.main.factor, unit or grid.main.label, grid.main.decimals, how.margin)


def differences(grid: Grid, comparisons: DataFrame) -> DataFrame:
    """The rows of `stats.comparisons` as text; without the columns that are empty in all of them."""
    if comparisons.empty:
        return DataFrame()
    shown, rows = scale(grid), [row for _, row in comparisons.iterrows()]
    one_baseline = len(comparisons[["factor", "baseline"]].drop_duplicates()) == 1
    columns = {
        "comparison": [_compared(grid, row, one_baseline) for row in rows],
        "at": comparisons["at"],
        f"difference ({shown.unit})": [_difference(shown, row) for row in rows],
        "n": [_seeds(row) for row in rows],
        "Hedges' g": [NOTHING if isnan(g) else minus(f"{g:+.2f}") for g in comparisons["effect"]],
        "p (Holm)": [p_value(p) for p in comparisons["holm"]],
        "p of equality (Holm)": [p_value(p) for p in comparisons["holm_equal"]],
        "detectable": [_detectable(shown, row) for row in rows],
        "verdict": ["equal" if row["verdict"] == EQUAL else str(row["verdict"]) for row in rows],
    }
    table = DataFrame(columns)
    empty = [name for name in table if table[name].isin(["", NOTHING]).all()]
    return table.drop(columns=empty)


def _compared(grid: Grid, row: "Series[Any]", one_baseline: bool) -> str:
    """“activation gelu − relu”; without the factor if it is the only one, and without a baseline that all rows have.

    The caption names those.
    """
    pair = row["level"] if one_baseline else f"{row['level']} − {row['baseline']}"
    return str(pair) if len(compared(grid)) == 1 else f"{row['factor']} {pair}"


def _difference(shown: Scale, row: "Series[Any]") -> str:
    if isnan(row["difference"]):
        return NOTHING
    return shown.interval(row["difference"], row["low"], row["high"]) + ("" if row["complete"] else PARTIAL)


def _seeds(row: "Series[Any]") -> str:
    return f"{row['n']}" if row["n"] == row["n_baseline"] else f"{row['n']}, {row['n_baseline']}"


def _detectable(shown: Scale, row: "Series[Any]") -> str:
    """The difference that would have been shown, where none is."""
    if row["verdict"] != NO_DIFFERENCE or isnan(row["detectable"]):
        return NOTHING
    return shown.number(row["detectable"], "")
