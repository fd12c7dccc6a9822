"""The tables of a claim as text: mean ± half of the 95 % interval (n)."""

from pandas import DataFrame

from narrows.claims.engine.evidence import Evidence
from narrows.claims.engine.measure import keys
from narrows.report.numbers import NOTHING, WIDEST, counted, minus, p_value, spread
from narrows.stats.factors import text

LONGEST = 24  # rows of a table of differences with a verdict each; a longer one shows p only


def as_text(table: DataFrame) -> DataFrame:
    """A table as text; of means or of differences, the levels of the last key are columns if they fit the page."""
    if "difference" in table:
        return _differences(table)
    return _means(table) if "mean" in table else _tests(table)


def _tests(table: DataFrame) -> DataFrame:
    """A table of tests of factors, as `lost_runs.factor_tests` returns it."""
    cells = {
        "factor": table["factor"].map(text),
        "lost runs": [f"{lost} of {runs}" for lost, runs in zip(table["lost"], table["runs"], strict=True)],
        "χ²": [f"{ratio:.1f} ({df})" for ratio, df in zip(table["chi2"], table["df"], strict=True)],
        "p (Holm)": table["holm"].map(p_value),
    }
    return DataFrame(cells)


def _means(table: DataFrame) -> DataFrame:
    varied = keys(table)
    means = [counted(mean, half, int(n)) for _, mean, half, n in table[["mean", "ci95", "n"]].itertuples()]
    cells = _levels(table).assign(mean=means)
    if len(varied) < 2 or table[varied[-1]].nunique() > WIDEST:
        return cells
    return _wide(cells, "mean")


def _differences(table: DataFrame) -> DataFrame:
    cells, last = _levels(table), keys(table)[-1]
    sizes = table[["difference", "ci95", "relative"]].itertuples(index=False)
    cells["difference"] = [_difference(*row) for row in sizes]
    if len(table) > LONGEST and table[last].nunique() <= WIDEST:
        ends = zip(table["n"], map(p_value, table["holm"]), strict=True)
        cells["difference"] += [f" ({n}), p {p}" for n, p in ends]
        return _wide(cells, "difference")
    cells["n"] = table["n"].astype(str)
    cells["p (Holm)"] = [p_value(p) for p in table["holm"]]
    return cells.assign(verdict=table["verdict"])


def _levels(table: DataFrame) -> DataFrame:
    """The keys' columns as text, named by the last word of a config's key."""
    varied = keys(table)
    cells = table[varied].map(text)
    cells.columns = [key.removesuffix(".name").rpartition(".")[2] for key in varied]
    return cells


def _wide(cells: DataFrame, value: str) -> DataFrame:
    """The levels of the last key as columns, filled with the column `value`; all other columns are keys."""
    *rows, columns = cells.columns.drop(value)
    wide = cells.pivot(index=rows, columns=columns, values=value)
    order = cells.drop_duplicates(rows).set_index(rows).index
    whole = wide.reindex(index=order, columns=list(cells[columns].unique())).fillna(NOTHING)
    return whole.rename_axis(columns=None).reset_index()


def _difference(difference: float, half: float, relative: float) -> str:
    """“−1.2 ± 0.3 (−4.5%)”; in brackets the difference relative to the baseline, if that is known."""
    return spread(difference, half) + ("" if relative != relative else f" ({minus(f'{relative:+.1%}')})")


def checks(evidence: Evidence) -> DataFrame:
    """A row for each control and each gate: what a sound test gives, and what was measured."""
    rows = [
        (control.name, control.expected, control.measured, _passed(control.passed)) for control in evidence.controls
    ]
    rows += [
        ("gate", gate.name, "; ".join(gate.failures) or "all arms", _passed(not gate.failures))
        for gate in evidence.gates
    ]
    return DataFrame(rows, columns=["control", "expected", "measured", "passed"])


def _passed(passed: bool) -> str:
    return "yes" if passed else "no"
