"""Tables with one row for each run and compared metric, so that one table tests all comparisons together."""

from collections.abc import Mapping, Sequence

import pandas as pd
from pandas import DataFrame

#: The columns that `stacked` makes and `measure.gaps` compares.
VALUE, REFERENCE = "value", "reference"


def stacked(table: DataFrame, key: str, metrics: Mapping[str, str | Sequence[str]]) -> DataFrame:
    """All runs once for each name in `metrics`: the column `key` holds the name, the column `value` that metric.

    Of two metrics the second becomes the column `reference`.
    """
    parts = [table.assign(**{key: name}, **_columns(table, metric)) for name, metric in metrics.items()]
    return pd.concat(parts, ignore_index=True)


def _columns(table: DataFrame, metric: str | Sequence[str]) -> dict[str, "pd.Series[float]"]:
    names = [metric] if isinstance(metric, str) else metric
    return {column: table[name] for column, name in zip((VALUE, REFERENCE), names, strict=False)}
