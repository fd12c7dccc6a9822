"""The numbers of a claim as a reader meets them: mean ± half of the 95 % interval (n)."""

from pandas import DataFrame

from narrows.claims.engine.measure import keys
from narrows.report.numbers import NOTHING, WIDEST, chance, minus, spread
from narrows.stats.factors import text

LONGEST = 24  # rows of a table of differences, each with its verdict; a longer one is read by its p


def shown(table: DataFrame) -> DataFrame:
    """A table of means or of differences as text; means of two keys in two directions where they fit a page."""
    if "difference" in table:
        return _differences(table)
    varied = keys(table)
    cells = table[varied].map(text).assign(mean=[_mean(row) for row in table[["mean", "ci95", "n"]].itertuples()])
    cells.columns = [*map(word, varied), "mean"]
    if len(varied) < 2 or table[varied[-1]].nunique() > WIDEST:
        return cells
    return _wide(cells, "mean")


def _wide(cells: DataFrame, value: str) -> DataFrame:
    """The levels of the last key side by side; keys are all columns but `value`, which fills the cells."""
    *rows, columns = cells.columns.drop(value)
    wide = cells.pivot(index=rows, columns=columns, values=value)
    order = cells.drop_duplicates(rows).set_index(rows).index
    whole = wide.reindex(index=order, columns=list(cells[columns].unique())).fillna(NOTHING)
    return whole.rename_axis(columns=None).reset_index()


def word(key: str) -> str:
    """The last word of a config's key; other columns are called what they are."""
    return key.removesuffix(".name").rpartition(".")[2]


def _mean(row: "tuple[float, ...]") -> str:
    _, mean, half, n = row
    if half == 0 and mean >= 1000:  # a count, the same in every run
        return f"{mean:,.0f} ({int(n)})"
    return f"{spread(mean, half)} ({int(n)})"


def _differences(table: DataFrame) -> DataFrame:
    varied = keys(table)
    found = table[varied].map(text)
    found.columns = [word(key) for key in varied]
    sizes = table[["difference", "ci95", "relative"]].itertuples(index=False)
    found["difference"] = [_difference(*row) for row in sizes]
    if len(table) > LONGEST and table[varied[-1]].nunique() <= WIDEST:
        ends = zip(table["n"], map(chance, table["holm"]), strict=True)
        found["difference"] += [f" ({n}), p {p}" for n, p in ends]
        return _wide(found, "difference")
    found["n"] = table["n"].astype(str)
    found["p (Holm)"] = [chance(p) for p in table["holm"]]
    return found.assign(verdict=table["verdict"])


def _difference(size: float, half: float, share: float) -> str:
    """With the share of the baseline in brackets, unless there is none to speak of."""
    relative = "" if share != share else minus(f" ({share:+.1%})")
    return spread(size, half) + relative
