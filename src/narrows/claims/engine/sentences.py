"""Parts of sentences that several claims use."""

from collections.abc import Iterable, Sequence

from pandas import DataFrame, Series

from narrows.report.numbers import minus, spread
from narrows.stats.factors import text


def places(rows: DataFrame, keys: Sequence[str]) -> str:
    """The levels of the rows, grouped by the first key: “probe: 3, 8; NMI: 3”; “none” without rows."""
    first, *others = keys
    parts = []
    for level, group in rows.groupby(first, sort=False):
        levels = [" ".join(map(text, row)) for row in group[others].itertuples(index=False)] if others else []
        parts.append(f"{text(level)}: {', '.join(levels)}" if others else text(level))
    return "; ".join(parts) or "none"


def listed(levels: Iterable[float | str]) -> str:
    """“100, 1,000”; “none” without levels."""
    return ", ".join(level if isinstance(level, str) else f"{level:,.0f}" for level in levels) or "none"


def percent(relative: float, digits: int = 0) -> str:
    """A relative difference with its sign: “−12%”."""
    return minus(f"{relative:+.{digits}%}")


def difference(row: "Series[float]") -> str:
    """Difference and half of its interval, from a row of a table of differences: “−1.2 ± 0.3”."""
    return spread(row["difference"], row["ci95"])


def epochs(table: DataFrame) -> str:
    """How many epochs the runs were trained: “20 epochs” or “10 to 20 epochs”."""
    low, high = int(table["epochs"].min()), int(table["epochs"].max())
    return f"{low} epochs" if low == high else f"{low} to {high} epochs"
