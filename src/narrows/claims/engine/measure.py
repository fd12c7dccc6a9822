"""From the runs of studies to the numbers of a claim: tables of means and of differences.

The first columns of a table are its keys, the levels that vary between rows. Then follow, in a table of means, `n`,
`mean`, `sd` and `ci95`, half of the 95 % confidence interval; in a table of differences `n`, `difference`, `ci95`,
`relative`, `p`, `holm` and `verdict`. Errors are tested on logarithms, and `relative` is then a ratio of geometric
means minus 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from narrows.config.dotted import value_at
from narrows.stats import inference
from narrows.stats.contrast import Comparing, contrast
from narrows.stats.factors import SEED
from narrows.stats.grid import Grid
from narrows.stats.inference import with_verdicts
from narrows.stats.runs_and_cells import scored

VALIDATION = "val/loss"
MEANS = ["n", "mean", "sd", "ci95"]
DIFFERENCES = ["n", "difference", "ci95", "relative", "p", "holm", "verdict"]


class Quantity(NamedTuple):
    """A metric of the records in the unit of its label: the record's value times `unit`.

    On the scale `log` levels are compared by their ratio, as errors are.
    """

    label: str
    metric: str
    unit: float = 1
    scale: Literal["linear", "log"] = "linear"


MSE = Quantity("test MSE × 10⁻³", "test/mse", 1000, "log")


def runs(grids: Mapping[str, Grid], keys: Sequence[str] = ()) -> DataFrame:
    """The finished runs of all studies, one for each cell and seed; the column `study` names their study.

    `keys` are dotted keys of the config that become columns: those that no study varies but that differ between them.
    The column `val/loss` is the lowest validation loss of the run.
    """
    tables = [_with_keys(grid, scored(grid.runs), keys).assign(study=name) for name, grid in grids.items()]
    return pd.concat(tables, ignore_index=True)


def _with_keys(grid: Grid, finished: DataFrame, keys: Sequence[str]) -> DataFrame:
    records = [grid.records[run] for run in finished["run"]]
    columns = {key: [value_at(record.config, key) for record in records] for key in keys}
    return finished.assign(
        **columns, **{VALIDATION: [_lowest(record.curves.get(VALIDATION, [])) for record in records]}
    )


def _lowest(losses: Sequence[float]) -> float:
    """That of the epoch whose weights were kept; NaN without validation images."""
    return min(losses, default=nan)


def means(table: DataFrame, by: Sequence[str], quantities: Sequence[Quantity]) -> DataFrame:
    """Mean over seeds of each quantity in each group of the levels `by`, a row for each."""
    return pd.concat([_means(table, by, quantity) for quantity in quantities], ignore_index=True)


def _means(table: DataFrame, by: Sequence[str], quantity: Quantity) -> DataFrame:
    keys = [table[key] for key in by] or [pd.Series(0, index=table.index)]
    groups = (table[quantity.metric] * quantity.unit).groupby(keys, sort=False)
    rows = inference.means(groups)[MEANS].reset_index(drop=not by)
    rows.insert(len(by), "quantity", quantity.label)
    return rows


def differences(
    table: DataFrame, by: Sequence[str], quantity: Quantity, factor: str, baseline: float | str
) -> DataFrame:
    """Each level of `factor` minus its `baseline` in each group of the levels `by`, by Welch's t test.

    Seeds of different levels share nothing but a number, so that they are not paired. Holm's correction covers all
    rows.
    """
    rows = []
    for levels, group in groups(table, by):
        scores = group.pivot(index=factor, columns=SEED, values=quantity.metric) * quantity.unit
        rows += [
            (*levels, level, *_compared(scores.loc[level], scores.loc[baseline], quantity, paired=False))
            for level in group[factor].unique()
            if level != baseline and baseline in scores.index
        ]
    return with_verdicts(DataFrame(rows, columns=[*by, factor, *DIFFERENCES[:-2]]))


def gaps(table: DataFrame, by: Sequence[str], quantity: Quantity, reference: str) -> DataFrame:
    """`quantity` minus the metric `reference` of the same run in each group of the levels `by`, paired by run.

    Otherwise as `differences`.
    """
    rows = []
    for levels, group in groups(table, by):
        level, baseline = (group[name] * quantity.unit for name in (quantity.metric, reference))
        rows.append((*levels, *_compared(level, baseline, quantity, paired=True)))
    return with_verdicts(DataFrame(rows, columns=[*by, *DIFFERENCES[:-2]]))


def _compared(
    level: "Series[float]", baseline: "Series[float]", quantity: Quantity, paired: bool
) -> tuple[int, float, float, float, float]:
    """The columns of a difference from `n` to `p`."""
    scores = level.to_numpy(float), baseline.to_numpy(float)
    linear = contrast(*scores, Comparing(False, paired, 0.0))
    tested = contrast(*scores, Comparing(True, paired, 0.0)) if quantity.scale == "log" else linear
    mean = float(np.nanmean(scores[1]))
    relative = tested.difference if quantity.scale == "log" else linear.difference / mean if mean else np.nan
    half = (linear.high - linear.low) / 2
    return min(tested.n, tested.n_baseline), linear.difference, half, relative, tested.p


def groups(table: DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[float | str, ...], DataFrame]]:
    """Each combination of the levels `by` that occurs, in the order of the runs, with its runs."""
    if not by:
        yield (), table
        return
    for levels, group in table.groupby(list(by), sort=False):
        yield tuple(levels), group


def keys(table: DataFrame) -> list[str]:
    """The columns that vary between the rows: those before the number of seeds."""
    return list(table.columns[: list(table.columns).index("n")])
