"""The tables of a study: a row for each planned run, and a row for each cell, whose runs differ in their seed only."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from narrows.config.quantities import Quantity, quantity
from narrows.config.scales import UNITS
from narrows.errors import UserError
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.stats.factors import SEED, Factor, Value, value
from narrows.stats.inference import arithmetic, means
from narrows.stats.nesting import level_of

MEANS = ("mean", "sd", "ci95", "low", "high")
STATUSES = ("done", "refused", "failed", "interrupted", "missing")
#: The fields of a record that become columns of `runs`, beside its levels and metrics.
FIELDS = ("epochs", "best_epoch", "seconds", "parameters", "device", "fingerprint")

Result = Record | str | None  # what is read of a run: a string says what is wrong with its record


def runs_of(
    study: Study, varied: Sequence[Factor], needed: Mapping[str, Quantity], results: Mapping[str, Result]
) -> DataFrame:
    """The table of runs, from what was read of each, sorted by level and seed.

    Its columns are `run`, `cell` (the number of the run's cell), `status`, `error`, the levels, SEED, FIELDS, and a
    column for each metric. `needed` are the quantities that the study needs by name, the main one first.
    """
    rows = [_row(run, study.runs[run], varied, needed, result) for run, result in results.items()]
    return _numbered(DataFrame(rows), varied, study.metrics)


def _row(
    run: str, levels: Mapping[str, Any], varied: Sequence[Factor], needed: Mapping[str, Quantity], result: Result
) -> dict[str, Any]:
    levels = {key: value(level) for key, level in levels.items()}
    main = next(iter(needed.values()))
    status, error = _status(result, main)
    row = {"run": run, "status": status, "error": error} | levels
    row |= {factor.key: level_of(factor, levels) for factor in varied}
    if isinstance(result, Record):
        recorded = result.quantities()
        computed = {name: number for name, row in needed.items() if (number := row.value(recorded)) is not None}
        numbers = {name: number for name, number in (computed | result.metrics).items() if np.isfinite(number)}
        row |= {SEED: result.seed} | {field: getattr(result, field) for field in FIELDS} | numbers
    return row


def _status(result: Result, main: Quantity) -> tuple[str, str]:
    """The status of a run, and what went wrong; a run that is done without its main quantity has failed."""
    if result is None:
        return "missing", "no record"
    if isinstance(result, str):
        return "failed", result
    number = main.value(result.quantities())
    if result.status == "done" and (number is None or not np.isfinite(number)):
        return "failed", f"{main.name} is not in the record (needs {main.recorded_by}) or not finite"
    return result.status, " ".join((result.error or "").split())


def _numbered(runs: DataFrame, varied: Sequence[Factor], names: Sequence[str]) -> DataFrame:
    """The rows sorted by level and seed, with a column `cell` and one for each of these quantities."""
    runs = runs.reindex(columns=list(dict.fromkeys([*runs.columns, SEED, *FIELDS, *names])))
    ranks = {factor.key: {level: i for i, level in enumerate(factor.levels)} for factor in varied}
    keys = list(ranks)
    runs = runs.sort_values(
        [*keys, SEED],
        key=lambda column: column.map(ranks.get(str(column.name), {})) if column.name in ranks else column,
    ).reset_index(drop=True)
    runs.insert(1, "cell", runs.groupby(keys, sort=False).ngroup() if keys else 0)
    return runs


def cells_of(runs: DataFrame, varied: Sequence[Factor], study: Study) -> DataFrame:
    """The table of cells, from that of runs.

    Its columns are the levels, counts of runs by status, n (seeds that count), then MEANS of each metric.
    """
    planned = runs.groupby("cell")
    cells = planned[[factor.key for factor in varied]].first()
    cells["planned"] = planned.size()
    for status in STATUSES:
        cells[status] = (runs["status"] == status).groupby(runs["cell"]).sum()
    cells["complete"] = cells["done"] == cells["planned"]
    done = scored(runs).groupby("cell")
    cells["n"] = done.size().reindex(cells.index, fill_value=0)
    return pd.concat([cells, _means(runs, study)], axis=1)


def _means(runs: DataFrame, study: Study) -> DataFrame:
    """The columns of `inference.means` for each metric, without n, prefixed with the metric's name."""
    rows = [described(name, study) for name in metrics(runs, study.metrics[0])]
    geometric = [row.name for row in rows if has_geometric_means(runs, row)]
    others = [row.name for row in rows if row.name not in geometric]
    done = scored(runs).groupby("cell")
    # at once: a study may have hundreds of metrics, at 20 ms each
    columns = [table.add_suffix(f" {column}") for column, table in arithmetic(done[others]).items()]
    columns += [means(done[name], geometric=True).add_prefix(f"{name} ") for name in geometric]
    return pd.concat(columns, axis=1)[[f"{row.name} {column}" for row in rows for column in MEANS]]


def described(name: str, study: Study, unit: str = UNITS["pixels"]) -> Quantity:
    """The row of a recorded quantity; one that this version does not know is reported as it was recorded."""
    try:
        return quantity(name, study.quantities, unit)
    except UserError:
        return Quantity(name, name=name)


def metrics(runs: DataFrame, main: str) -> list[str]:
    """The quantities that any run has, the main one first."""
    names = [str(column) for column in runs if "/" in str(column)]
    return sorted(names, key=lambda name: name != main)


def where(frame: DataFrame, levels: dict[str, Value]) -> DataFrame:
    """The rows at these levels."""
    keep = np.ones(len(frame), dtype=bool)
    for key, level in levels.items():
        keep &= (frame[key] == level).to_numpy()
    return frame[keep]


def one_reference(cells: DataFrame, reference: str, x: str | None) -> bool:
    """True if the reference at a level of x does not depend on other factors by more than 1 %."""
    score = cells.groupby(x or "planned")[f"{reference} mean"]
    return bool(((score.max() - score.min()) <= 0.01 * score.mean()).all())


def scored(runs: DataFrame) -> DataFrame:
    """The runs that count: done, and each seed of a cell once, since repeating it adds no evidence."""
    return runs[runs["status"] == "done"].drop_duplicates(["cell", SEED])


def has_geometric_means(runs: DataFrame, row: Quantity) -> bool:
    """True if the quantity is averaged so and all its values are positive; else the means are arithmetic."""
    return row.average == "geometric mean" and bool((scored(runs)[row.name].dropna() > 0).all())
