"""A study with the results of its runs, read from its folder or joined from several.

A cell is a combination of the factors' levels; its runs differ in their seed only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from narrows.stats.factors import Factor
from narrows.stats.nesting import factors
from narrows.stats.runs_and_cells import Result, cells_of, runs_of

TEST_MSE = "test/mse"
PCA = "pca/mse"


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
    needed, varied = _needed(study, records.values()), factors(study)
    runs = runs_of(study, varied, needed, results)
    quantities = [needed[name] for name in study.metrics]
    if len(folders) > 1:
        _check_units(records.values(), quantities[0])
    return Grid(study, places, varied, quantities, records, runs, cells_of(runs, varied, study))


def _check_units(records: Iterable[Record], main: Quantity) -> None:
    """Errors of studies whose data have different units are not to be compared."""
    units = {record.data.unit for record in records if record.status == "done"}
    if main.data_power and len(units) > 1:
        raise UserError(
            f"{main.label} is in different units: {', '.join(sorted(units))}; report the studies one by one"
        )


def _needed(study: Study, records: Iterable[Record]) -> dict[str, Quantity]:
    """The quantities that the study asks about, then their references, by name, in the unit of its data."""
    names = [*study.metrics, *([study.against] if study.against else [])]
    unit = _unit(record for record in records if record.status == "done")
    quantities = [quantity(name, study.quantities, unit) for name in names]
    references = [quantity(row.reference, study.quantities, unit) for row in quantities if row.reference]
    return {row.name: row for row in [*quantities, *references]}


def _unit(finished: Iterable[Record]) -> str:
    """The unit of the data of runs that are done; several ones where they differ."""
    return " or ".join(dict.fromkeys(record.data.unit for record in finished)) or UNITS["pixels"]


def _record(folder: Path) -> Result:
    """The record, a message that says what is wrong with it, or None if there is none."""
    try:
        return record.read(folder)
    except (ValueError, OSError) as error:
        return f"damaged {record.NAME}: {study_folder.one_line(error)}"
