"""From the runs of studies to the numbers of a claim: means and paired differences, n and interval in each row.

A table's columns are its keys (what was varied), then what was counted: of means `n`, `mean`, `sd`, `ci95`; of
differences `n`, `difference`, `ci95`, `relative`, `effect`, `p`, `holm`, `verdict`, as the report of a study has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from pandas import DataFrame

from narrows.stats.factors import SEED
from narrows.stats.grid import Grid, scored
from narrows.stats.inference import half_width, paired, with_verdicts

MEANS = ["n", "mean", "sd", "ci95"]
DIFFERENCES = ["n", "difference", "ci95", "relative", "effect", "p", "holm", "verdict"]


class Quantity(NamedTuple):
    """A metric of the records, in the unit that its label states: the record's value times `unit`."""

    label: str
    metric: str
    unit: float = 1


MSE = Quantity("test MSE × 10⁻³", "test/mse", 1000)


def runs(grids: Mapping[str, Grid], keys: Sequence[str] = ()) -> DataFrame:
    """The runs that are done, of all the studies, each once for its seed; a column `study` tells them apart.

    `keys` are dotted keys of the config that become columns, where studies differ in what no axis of theirs holds.
    """
    tables = [_with(grid, scored(grid.runs), keys).assign(study=name) for name, grid in grids.items()]
    return pd.concat(tables, ignore_index=True)


def _with(grid: Grid, done: DataFrame, keys: Sequence[str]) -> DataFrame:
    found = {key: [_at(grid.records[run].config, key) for run in done["run"]] for key in keys}
    return done.assign(**found)


def _at(config: Mapping[str, object], key: str) -> object:
    found: object = config
    for part in key.split("."):
        found = found[part] if isinstance(found, Mapping) and part in found else None
    return found


def means(table: DataFrame, by: Sequence[str], quantities: Sequence[Quantity]) -> DataFrame:
    """Mean over seeds of each quantity in each group of the levels `by`."""
    return pd.concat([_means(table, by, quantity) for quantity in quantities], ignore_index=True)


def _means(table: DataFrame, by: Sequence[str], quantity: Quantity) -> DataFrame:
    keys = [table[key] for key in by] or [pd.Series(0, index=table.index)]
    groups = (table[quantity.metric] * quantity.unit).groupby(keys, sort=False)
    n, sd = groups.count(), groups.std()
    found = DataFrame({"n": n, "mean": groups.mean(), "sd": sd, "ci95": half_width(sd, n)}).reset_index(drop=not by)
    found.insert(len(by), "quantity", quantity.label)
    return found


def differences(
    table: DataFrame, by: Sequence[str], quantity: Quantity, factor: str, baseline: float | str
) -> DataFrame:
    """Each level of `factor` minus its `baseline` in each group of the levels `by`, paired by seed.

    Holm's correction runs over all rows.
    """
    rows = []
    for levels, group in groups(table, by):
        scores = group.pivot(index=factor, columns=SEED, values=quantity.metric) * quantity.unit
        rows += [
            (*levels, level, *paired(scores.loc[level].to_numpy(float), scores.loc[baseline].to_numpy(float)))
            for level in group[factor].unique()
            if level != baseline and baseline in scores.index
        ]
    return with_verdicts(DataFrame(rows, columns=[*by, factor, *DIFFERENCES[:-2]]))


def gaps(table: DataFrame, by: Sequence[str], quantity: Quantity, reference: str) -> DataFrame:
    """`quantity` minus the metric `reference` of the same run in each group of the levels `by`, as `differences`."""
    rows = [
        (*levels, *paired(*(group[metric].to_numpy(float) * quantity.unit for metric in (quantity.metric, reference))))
        for levels, group in groups(table, by)
    ]
    return with_verdicts(DataFrame(rows, columns=[*by, *DIFFERENCES[:-2]]))


def epochs(table: DataFrame) -> str:
    """For how long the runs were trained, “20 epochs” or “10 to 20 epochs”."""
    low, high = int(table["epochs"].min()), int(table["epochs"].max())
    return f"{low} epochs" if low == high else f"{low} to {high} epochs"


def groups(table: DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[float | str, ...], DataFrame]]:
    """Each combination of the levels `by` that occurs, in the order of the runs, with its runs."""
    if not by:
        yield (), table
        return
    for levels, group in table.groupby(list(by), sort=False):
        yield tuple(levels), group


def keys(table: DataFrame) -> list[str]:
    """What a table of numbers varies: its columns before the count."""
    return list(table.columns[: list(table.columns).index("n")])


def fewest(numbers: Mapping[str, DataFrame]) -> int:
    """The smallest n of all tables, 0 where one is empty."""
    return min(int(table["n"].min()) if len(table) else 0 for table in numbers.values())
