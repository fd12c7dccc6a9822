"""What a figure of a grid shows: its layout, and the cells and runs in it with the numbers as they are printed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame

from narrows.errors import UserError
from narrows.report.figures.style import Stroke, strokes
from narrows.report.layout import Layout, Levels, at_levels, layout_of_figure
from narrows.stats.factors import Value
from narrows.stats.grid import Grid
from narrows.stats.runs_and_cells import scored, where

COLUMNS = ("mean", "low", "high")  # of a quantity in `Grid.cells`


@dataclass(frozen=True)
class Drawing:
    """A grid and its layout; `cells` and `runs` (those that count) are the rows at the fixed levels."""

    grid: Grid
    layout: Layout
    cells: DataFrame
    runs: DataFrame

    def at(self, levels: Mapping[str, Value]) -> "Drawing":
        """The part at these levels, without cells in which no run is done."""
        cells = where(self.cells, dict(levels)).dropna(subset=[self.grid.mean])
        return replace(self, cells=cells, runs=self.runs[self.runs["cell"].isin(cells.index)])

    @property
    def lines(self) -> list[tuple[Levels, Stroke]]:
        """The levels of each line, with its colour, marker and dash."""
        combinations = self.layout.combinations
        return list(zip(combinations, strokes(self.layout.lines, len(combinations)), strict=True))

    @property
    def reference(self) -> str:
        """The column of `cells` with the reference, empty without one."""
        return f"{self.grid.reference} mean" if self.grid.reference else ""

    @property
    def values(self) -> NDArray[np.float64]:
        """The main quantity in each run."""
        return np.asarray(self.runs[self.grid.main.name], dtype=float)

    @property
    def ends(self) -> NDArray[np.float64]:
        """The ends of the intervals of the means, NaN where there is none."""
        return np.asarray(self.cells[list(self.grid.interval)], dtype=float).ravel()


def drawing_of(grid: Grid) -> Drawing:
    """The drawing of a grid. Raises UserError if no run is done at the levels at which factors are fixed."""
    grid, layout = layout_of_figure(printed(grid))
    cells, runs = where(grid.cells, layout.fixed), where(scored(grid.runs), layout.fixed)
    if not cells["n"].any():
        raise UserError(f"no run finished {at_levels(grid, layout.fixed)}")
    return Drawing(grid, layout, cells, runs)


def printed(grid: Grid) -> Grid:
    """The grid whose tables hold the drawn quantities in the units in which they are printed."""
    factors = {grid.against.name: grid.against.factor} if grid.against else {}
    factors[grid.main.name] = grid.main.factor
    if grid.reference:
        factors[grid.reference] = grid.main.factor
    runs = {name: grid.runs[name] * factor for name, factor in factors.items() if name in grid.runs}
    columns = [(f"{name} {column}", factor) for name, factor in factors.items() for column in COLUMNS]
    cells = {column: grid.cells[column] * factor for column, factor in columns if column in grid.cells}
    return replace(grid, runs=grid.runs.assign(**runs), cells=grid.cells.assign(**cells))
