"""Reads the records of a study into two tables, one row for each run and one for each cell.

A cell is a combination of the factors' levels; its runs differ in their seed only.
"""

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
from narrows.stats import study_folder
from narrows.stats.factors import SEED, Factor, Value, factors, value
from narrows.stats.inference import means

MAIN = "test/mse"
PCA = "pca/mse"
STATUSES = ("done", "failed", "interrupted", "missing")
#: The fields of a record that become columns of `runs`, beside its levels and metrics.
FIELDS = ("epochs", "best_epoch", "seconds", "parameters", "device", "fingerprint")


@dataclass(frozen=True)
class Grid:
    """A study with the results of its runs.

    `runs` has a row for each planned run; its column `cell` is an index into `cells`, which has a row for each
    combination of the factors' levels. `records` maps a run's folder to its record, where that could be read.
    """

    folder: Path
    study: Study
    factors: list[Factor]
    records: dict[str, Record]
    runs: DataFrame
    cells: DataFrame

    @property
    def finished(self) -> list[Record]:
        """The records of the runs that are done."""
        return [record for record in self.records.values() if record.status == "done"]

    def cell_name(self, cell: "pd.Series[Any]") -> str:
        """“bottleneck 8, activation relu” for a row of `cells`."""
        return ", ".join(factor.at(cell[factor.key]) for factor in self.factors) or "all runs"

    @property
    def unit(self) -> str:
        """The unit of the errors of its runs, before they are squared."""
        units = dict.fromkeys(record.data.unit for record in self.finished)
        return " or ".join(units) or UNITS["pixels"]


def read(folder: Path) -> Grid:
    """The grid of the study in `folder`. Raises UserError if it holds no study or one that plans no runs."""
    study = study_folder.read(folder)
    results = {run: _record(folder / run) for run in study.runs}
    varied = factors(study)
    runs = _numbered(DataFrame([_row(run, study, result) for run, result in results.items()]), varied)
    records = {run: result for run, result in results.items() if isinstance(result, Record)}
    return Grid(folder, study, varied, records, runs, _cells(runs, varied))


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
    """True if PCA's error at a level of x does not depend on other factors by more than 1 %."""
    score = cells.groupby(x or "planned")[f"{PCA} mean"]
    return bool(((score.max() - score.min()) <= 0.01 * score.mean()).all())


def scored(runs: DataFrame) -> DataFrame:
    """The runs that count: done, and each seed of a cell once, since repeating it adds no evidence."""
    return runs[runs["status"] == "done"].drop_duplicates(["cell", SEED])


def _record(folder: Path) -> Record | str | None:
    """The record, a message that says what is wrong with it, or None if there is none."""
    try:
        return record.read(folder)
    except (ValueError, OSError) as error:
        return f"damaged {record.NAME}: {study_folder.one_line(error)}"


def _row(run: str, study: Study, result: Record | str | None) -> dict[str, Any]:
    levels = {key: value(level) for key, level in study.runs[run].items()}
    status, error = _status(result)
    row = {"run": run, "status": status, "error": error} | levels
    if isinstance(result, Record):
        row |= {SEED: result.seed} | {field: getattr(result, field) for field in FIELDS} | result.metrics
    return row


def _status(result: Record | str | None) -> tuple[str, str]:
    if result is None:
        return "missing", "no record"
    if isinstance(result, str):
        return "failed", result
    if result.status == "done" and not np.isfinite(result.metrics.get(MAIN, np.nan)):
        return "failed", f"{MAIN} is not in the record or not finite"
    return result.status, " ".join((result.error or "").split())


def _numbered(runs: DataFrame, varied: Sequence[Factor]) -> DataFrame:
    """The rows sorted by level and seed, with a column `cell`."""
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
    """Levels, counts by status, n (seeds that count), then mean, sd and half of the 95 % interval of every metric."""
    planned = runs.groupby("cell")
    cells = planned[[factor.key for factor in varied]].first()
    cells["planned"] = planned.size()
    for status in STATUSES:
        cells[status] = (runs["status"] == status).groupby(runs["cell"]).sum()
    cells["complete"] = cells["done"] == cells["planned"]
    done = scored(runs).groupby("cell")
    cells["n"] = done.size().reindex(cells.index, fill_value=0)
    columns = [means(done[metric]).drop(columns="n").add_prefix(f"{metric} ") for metric in metrics(runs)]
    return pd.concat([cells, *columns], axis=1)
