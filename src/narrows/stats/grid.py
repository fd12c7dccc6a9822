"""Reads the records of a study into two tables, one row for each run and one for each cell.

A cell is a combination of the factors' levels; its runs differ in their seed only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from narrows.config.quantities import Quantity, quantity
from narrows.config.scales import UNITS
from narrows.errors import UserError
from narrows.runs import record
from narrows.runs.comparable import check_comparable
from narrows.runs.record import Record
from narrows.runs.study import Study
from narrows.stats import joining, study_folder
from narrows.stats.factors import SEED, Factor, Value, value
from narrows.stats.inference import arithmetic, means
from narrows.stats.nesting import factors, level_of

TEST_MSE = "test/mse"
PCA = "pca/mse"
MEANS = ("mean", "sd", "ci95", "low", "high")
STATUSES = ("done", "refused", "failed", "interrupted", "missing")
#: The fields of a record that become columns of `runs`, beside its levels and metrics.
FIELDS = ("epochs", "best_epoch", "seconds", "parameters", "device", "fingerprint")


Result = Record | str | None  # what is read of a run: a string says what is wrong with its record


@dataclass(frozen=True)
class Grid:
    """A study with the results of its runs.

    `runs` has a row for each planned run; its column `cell` is an index into `cells`, which has a row for each
    combination of the factors' levels; both hold recorded values. `folders` maps a run's name to its folder, `records`
    to its record, where that could be read. `quantities` are those that the study asks about, the main one first.
    """

    study: Study
    folders: dict[str, Path]
    factors: list[Factor]
    quantities: list[Quantity]
    records: dict[str, Record]
    runs: DataFrame
    cells: DataFrame

    @property
    def main(self) -> Quantity:
        """The quantity that the study asks about."""
        return self.quantities[0]

    @property
    def mean(self) -> str:
        """The column of `cells` with the mean of the main quantity."""
        return f"{self.main.name} mean"

    @property
    def interval(self) -> tuple[str, str]:
        """The columns of `cells` with the ends of the 95 % interval of that mean."""
        return f"{self.main.name} low", f"{self.main.name} high"

    @property
    def half(self) -> str:
        """The column of `cells` with half of the 95 % interval of that mean."""
        return f"{self.main.name} ci95"

    @property
    def against(self) -> Quantity | None:
        """The quantity that the main one is drawn against, if the study names one."""
        against = self.study.against
        return quantity(against, self.study.quantities, self.unit) if against else None

    @property
    def reference(self) -> str:
        """The name of the main quantity's reference, if the study wants it and runs recorded it; else empty."""
        return self.reference_of(self.main)

    def reference_of(self, quantity: Quantity) -> str:
        """The name of a quantity's reference, if the study wants it and runs recorded it; else empty."""
        reference = quantity.reference if self.study.reference else ""
        return reference if f"{reference} mean" in self.cells else ""

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
        return _unit(self.finished)


def read(*folders: Path, name: str = "") -> Grid:
    """The grid of the study in a folder, or that of the studies in several under a new name: see `stats.joining`.

    Raises UserError if a folder holds no study or one that plans no runs, and for studies that cannot be joined.
    """
    study, places = joining.read(folders, name)
    results = {run: _record(folder) for run, folder in places.items()}
    records = {run: result for run, result in results.items() if isinstance(result, Record)}
    check_comparable(record.config for record in records.values() if record.status == "done")
    asked, varied = _asked(study, records.values()), factors(study)
    rows = [_row(run, study.runs[run], varied, asked, result) for run, result in results.items()]
    runs = _numbered(DataFrame(rows), varied, study.metrics)
    quantities = [asked[name] for name in study.metrics]
    if len(folders) > 1:
        _check_units(records.values(), quantities[0])
    return Grid(study, places, varied, quantities, records, runs, _cells(runs, varied, study))


def _check_units(records: Iterable[Record], main: Quantity) -> None:
    """Errors of studies whose data have different units are not to be compared."""
    units = {record.data.unit for record in records if record.status == "done"}
    if main.data_power and len(units) > 1:
        raise UserError(
            f"{main.label} is in different units: {', '.join(sorted(units))}; report the studies one by one"
        )


def _asked(study: Study, records: Iterable[Record]) -> dict[str, Quantity]:
    """The rows of the quantities that the study needs, by name, in the unit of its data."""
    names = [*study.metrics, *([study.against] if study.against else [])]
    unit = _unit(record for record in records if record.status == "done")
    asked = [quantity(name, study.quantities, unit) for name in names]
    references = [quantity(row.reference, study.quantities, unit) for row in asked if row.reference]
    return {row.name: row for row in [*asked, *references]}


def _unit(finished: Iterable[Record]) -> str:
    """The unit of the data of runs that are done; several ones where they differ."""
    return " or ".join(dict.fromkeys(record.data.unit for record in finished)) or UNITS["pixels"]


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


def _record(folder: Path) -> Result:
    """The record, a message that says what is wrong with it, or None if there is none."""
    try:
        return record.read(folder)
    except (ValueError, OSError) as error:
        return f"damaged {record.NAME}: {study_folder.one_line(error)}"


def _row(
    run: str, levels: Mapping[str, Any], varied: Sequence[Factor], asked: Mapping[str, Quantity], result: Result
) -> dict[str, Any]:
    levels = {key: value(level) for key, level in levels.items()}
    main = next(iter(asked.values()))
    status, error = _status(result, main)
    row = {"run": run, "status": status, "error": error} | levels
    row |= {factor.key: level_of(factor, levels) for factor in varied}
    if isinstance(result, Record):
        recorded = result.quantities()
        computed = {name: wanted for name, row in asked.items() if (wanted := row.value(recorded)) is not None}
        numbers = {name: number for name, number in (computed | result.metrics).items() if np.isfinite(number)}
        row |= {SEED: result.seed} | {field: getattr(result, field) for field in FIELDS} | numbers
    return row


def _status(result: Result, main: Quantity) -> tuple[str, str]:
    if result is None:
        return "missing", "no record"
    if isinstance(result, str):
        return "failed", result
    wanted = main.value(result.quantities())
    if result.status == "done" and (wanted is None or not np.isfinite(wanted)):
        return "failed", f"{main.name} is not in the record (needs {main.recorded_by}) or not finite"
    return result.status, " ".join((result.error or "").split())


def _numbered(runs: DataFrame, varied: Sequence[Factor], asked: Sequence[str]) -> DataFrame:
    """The rows sorted by level and seed, with a column `cell` and one for each quantity that the study asks about."""
    runs = runs.reindex(columns=list(dict.fromkeys([*runs.columns, SEED, *FIELDS, *asked])))
    ranks = {factor.key: {level: i for i, level in enumerate(factor.levels)} for factor in varied}
    keys = list(ranks)
    runs = runs.sort_values(
        [*keys, SEED],
        key=lambda column: column.map(ranks.get(str(column.name), {})) if column.name in ranks else column,
    ).reset_index(drop=True)
    runs.insert(1, "cell", runs.groupby(keys, sort=False).ngroup() if keys else 0)
    return runs


def _cells(runs: DataFrame, varied: Sequence[Factor], study: Study) -> DataFrame:
    """Levels, counts by status, n (seeds that count), then mean, sd and 95 % interval of every metric."""
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
