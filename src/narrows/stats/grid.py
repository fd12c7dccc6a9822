"""Records to tables: one row a run, one row a cell. Every number of the report is read off these two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from narrows.config.data_section import UNITS
from narrows.runs import record
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.stats.factors import SEED, Factor, Value, factors, value
from narrows.stats.study_folder import one_line
from narrows.stats.study_folder import read as read_plan
from narrows.stats.tests import half_width

MAIN = "test/mse"
PCA = "pca/mse"
STATUSES = ("done", "failed", "interrupted", "missing")
#: What stands in `runs.csv` from a record beside its levels and metrics.
FIELDS = ("epochs", "best_epoch", "seconds", "parameters", "device", "fingerprint")


@dataclass(frozen=True)
class Grid:
    """A study with what its runs left.

    `runs` has a row for each planned run, `cells` one for each combination of the factors' levels; a row's column
    `cell` is the index into the other. `records` holds every record that could be read, by the run's folder.
    """

    folder: Path
    study: Study
    factors: list[Factor]
    records: dict[str, Record]
    runs: DataFrame
    cells: DataFrame

    @property
    def unit(self) -> str:
        """What the errors of its runs are measured in, before they are squared."""
        units = dict.fromkeys(entry.data.unit for entry in self.records.values() if entry.status == "done")
        return " or ".join(units) or UNITS["pixels"]


def read(folder: Path) -> Grid:
    """The grid of the study in `folder`. Raises UserError where there is no study or it plans nothing."""
    plan = read_plan(folder)
    found = {run: _record(folder / run) for run in plan.runs}
    varied = factors(plan)
    runs = _numbered(DataFrame([_row(run, plan, found[run]) for run in plan.runs]), varied)
    records = {run: entry for run, entry in found.items() if isinstance(entry, Record)}
    return Grid(folder, plan, varied, records, runs, _cells(runs, varied))


def metrics(runs: DataFrame) -> list[str]:
    """The metrics that any run has, the main one first."""
    names = [str(column) for column in runs if "/" in str(column)]
    return sorted(names, key=lambda name: name != MAIN)


def where(frame: DataFrame, levels: dict[str, Value]) -> DataFrame:
    """The rows at these levels."""
    keep = np.ones(len(frame), dtype=bool)
    for key, level in levels.items():
        keep &= (frame[key] == level).to_numpy()
    return frame[keep]


def one_pca(cells: DataFrame, x: str | None) -> bool:
    """Whether PCA's error depends on x alone, up to 1 %, so that one line or column says it."""
    score = cells.groupby(x or "planned")[f"{PCA} mean"]
    return bool(((score.max() - score.min()) <= 0.01 * score.mean()).all())


def scored(runs: DataFrame) -> DataFrame:
    """The runs that count: done, and a seed once in a cell, since its repetition is no new evidence."""
    return runs[runs["status"] == "done"].drop_duplicates(["cell", SEED])


def _record(folder: Path) -> Record | str | None:
    """The record, what is wrong with it, or None where there is none."""
    try:
        return record.read(folder)
    except (ValueError, OSError) as error:
        return f"damaged {record.NAME}: {one_line(error)}"


def _row(run: str, plan: Study, entry: Record | str | None) -> dict[str, Any]:
    levels = {key: value(level) for key, level in plan.runs[run].items()}
    status, error = _status(entry)
    row = {"run": run, "status": status, "error": error} | levels
    if isinstance(entry, Record):
        row |= {SEED: entry.seed} | {field: getattr(entry, field) for field in FIELDS} | entry.metrics
    return row


def _status(entry: Record | str | None) -> tuple[str, str]:
    if entry is None:
        return "missing", "no record"
    if isinstance(entry, str):
        return "failed", entry
    if entry.status == "done" and not np.isfinite(entry.metrics.get(MAIN, np.nan)):
        return "failed", f"{MAIN} is not in the record or not finite"
    return entry.status, " ".join((entry.error or "").split())


def _numbered(runs: DataFrame, varied: Sequence[Factor]) -> DataFrame:
    """Rows in the order of the grid, each with the number of its cell."""
    runs = runs.reindex(columns=list(dict.fromkeys([*runs.columns, SEED, *FIELDS, MAIN])))
    ranks = {factor.key: {level: i for i, level in enumerate(factor.levels)} for factor in varied}
    keys = list(ranks)
    runs = runs.sort_values(
        [*keys, SEED],
        key=lambda column: column.map(ranks.get(str(column.name), {})) if column.name in ranks else column,
    ).reset_index(drop=True)
    runs.insert(1, "cell", runs.groupby(keys, sort=False).ngroup() if keys else 0)
    return runs


def _cells(runs: DataFrame, varied: Sequence[Factor]) -> DataFrame:
    """Levels, counts by status, n (seeds that count), then mean, sd and 95 % half-width of every metric."""
    planned = runs.groupby("cell")
    cells = planned[[factor.key for factor in varied]].first()
    cells["planned"] = planned.size()
    for status in STATUSES:
        cells[status] = (runs["status"] == status).groupby(runs["cell"]).sum()
    cells["complete"] = cells["done"] == cells["planned"]
    done = scored(runs).groupby("cell")
    cells["n"] = done.size().reindex(cells.index, fill_value=0)
    spread = {metric: _spread(done[metric]) for metric in metrics(runs)}
    return pd.concat([cells, *(columns.add_prefix(f"{metric} ") for metric, columns in spread.items())], axis=1)


def _spread(groups: Any) -> DataFrame:  # noqa: ANN401 - a grouped column, which pandas keeps private
    n, sd = groups.count(), groups.std()
    return DataFrame({"mean": groups.mean(), "sd": sd, "ci95": half_width(sd, n)})
