"""Tables that grow downwards: one row for each run and thing compared, so that one table tests them all together."""

from collections.abc import Mapping, Sequence

import pandas as pd
from pandas import DataFrame

#: The columns that `stacked` makes for `measure.gaps` to compare.
VALUE, REFERENCE = "value", "reference"


def stacked(table: DataFrame, key: str, metrics: Mapping[str, str | Sequence[str]]) -> DataFrame:
    """The runs once for each name in `metrics`, which its column `key` holds, with that metric as the column `value`.

    Of two metrics the second becomes the column `reference`.
    """
    parts = [table.assign(**{key: name}, **_columns(table, metric)) for name, metric in metrics.items()]
    return pd.concat(parts, ignore_index=True)


def _columns(table: DataFrame, metric: str | Sequence[str]) -> dict[str, "pd.Series[float]"]:
    names = [metric] if isinstance(metric, str) else metric
    return {column: table[name] for column, name in zip((VALUE, REFERENCE), names, strict=False)}


def places(found: DataFrame, keys: Sequence[str]) -> str:
    """Where something holds, the rows' levels in words, by the first key: “probe: 3, 8; NMI: 3”. Nowhere is “none”."""
    first, *rest = keys
    parts = []
    for level, group in found.groupby(first, sort=False):
        levels = [
            " ".join(f"{one:g}" if isinstance(one, float | int) else one for one in row) for row in _rows(group, rest)
        ]
        parts.append(f"{level:g}" if isinstance(level, float | int) else str(level))
        parts[-1] += f": {', '.join(levels)}" if rest else ""
    return "; ".join(parts) or "none"


def _rows(group: DataFrame, keys: Sequence[str]) -> list[tuple[float | str, ...]]:
    return list(group[list(keys)].itertuples(index=False, name=None)) if keys else []
