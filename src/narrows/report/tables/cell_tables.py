"""The tables of a grid before they are text.

A study with one factor has one table, with a column for each of its quantities. A study with more factors has a table
for each quantity: the factor on the x axis in rows, the next two in columns, any others in rows as well.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import isnan, nan

import numpy as np

from narrows.config.quantities import Quantity
from narrows.report.numbers import decimals
from narrows.report.tables.columns import Cell, CellTable, Column
from narrows.stats.best import best_of
from narrows.stats.factors import Factor, Value, x_factor
from narrows.stats.grid import Grid
from narrows.stats.runs_and_cells import one_reference, scored

Levels = Mapping[str, Value]


def cell_tables(grid: Grid, turned: bool = False) -> list[CellTable]:
    """The tables of all quantities that the study asks about, that of the main one first.

    Of several factors, those that are `turned` have the factor on the x axis in columns and the others in rows, and the
    reference in a row at the end.
    """
    if len(grid.factors) < 2:
        return [by_cell(grid, grid.quantities)]
    return [_of_many_factors(grid, quantity, turned) for quantity in grid.quantities]


def by_cell(grid: Grid, quantities: Sequence[Quantity]) -> CellTable:
    """A row for each cell and a column for each quantity, with its reference beside it."""
    heads = [factor.name for factor in grid.factors] or ["study"]
    numbers = list(grid.cells.index)
    rows = [[factor.text(grid.cells.loc[cell, factor.key]) for factor in grid.factors] for cell in numbers]
    columns = []
    for quantity in quantities:
        best = _best(grid, quantity, [numbers])
        columns.append(_column(grid, quantity, numbers, best, "", quantity.title))
        if reference := grid.reference_of(quantity):
            columns.append(_reference(quantity, grid.cells[f"{reference} mean"].tolist()))
    return CellTable(None, heads, rows if grid.factors else [["all runs"]], [], columns, "column")


def reference_shown(grid: Grid, quantity: Quantity) -> str:
    """The name of the reference that the quantity's table has a column for, empty if there is none.

    A table with levels in its columns can show a reference that depends on the factor in the rows only.
    """
    reference, factors = grid.reference_of(quantity), grid.factors
    if len(factors) < 2 or not reference:
        return reference
    x = x_factor(factors)
    assert x is not None
    return reference if len(factors) < 4 and one_reference(grid.cells, reference, x.key) else ""


def _of_many_factors(grid: Grid, quantity: Quantity, turned: bool) -> CellTable:
    over, down = _over_and_down(grid.factors, turned)
    rows = _combinations(down)
    columns = _columns(grid, quantity, rows, over, turned)
    texts = [[factor.text(row[factor.key]) for factor in down] for row in rows]
    names, heads = [factor.name for factor in over], [factor.name for factor in down]
    table = CellTable(quantity, heads, texts, names, columns, "column" if turned else "row")
    reference = _reference_by_x(grid, quantity)
    return _with_equal_places(_with_reference(table, reference, turned) if reference else table)


def _over_and_down(factors: Sequence[Factor], turned: bool) -> tuple[list[Factor], list[Factor]]:
    """The factors whose levels are in columns, and those whose levels are in rows."""
    x = x_factor(factors)
    assert x is not None
    others = [factor for factor in factors if factor is not x]
    return ([x], others) if turned else (others[:2], [*others[2:], x])


def _columns(
    grid: Grid, quantity: Quantity, rows: Sequence[dict[str, Value]], over: Sequence[Factor], turned: bool
) -> list[Column]:
    """A column for each combination of the levels of `over`.

    The best cells of each row are marked, of each column if `turned`.
    """
    combinations, numbers = _combinations(over), _numbers(grid)
    by_row = [[numbers.get(_key(grid, row | levels)) for levels in combinations] for row in rows]
    by_column = [list(column) for column in zip(*by_row, strict=True)]
    best = _best(grid, quantity, by_column if turned else by_row)
    return [
        _column(grid, quantity, cells, best, *_head(over, levels))
        for cells, levels in zip(by_column, combinations, strict=True)
    ]


def _with_reference(table: CellTable, reference: Column, turned: bool) -> CellTable:
    """The table with the reference as its last column or, if it is `turned`, as its last row."""
    if not turned:
        return replace(table, columns=[*table.columns, reference])
    row = [reference.name, *[""] * (len(table.heads) - 1)]
    columns = [
        replace(column, cells=[*column.cells, cell])
        for column, cell in zip(table.columns, reference.cells, strict=True)
    ]
    return replace(table, rows=[*table.rows, row], columns=columns)


def _reference_by_x(grid: Grid, quantity: Quantity) -> Column | None:
    """The column of a reference that depends on the factor on the x axis only; None if there is none."""
    x, reference = x_factor(grid.factors), reference_shown(grid, quantity)
    if x is None or not reference:
        return None
    means = grid.cells.groupby(x.key)[f"{reference} mean"].mean()
    return _reference(quantity, [means.get(level, np.nan) for level in x.levels])


def _combinations(factors: Sequence[Factor]) -> list[dict[str, Value]]:
    keys = [factor.key for factor in factors]
    return [dict(zip(keys, levels, strict=True)) for levels in product(*(factor.levels for factor in factors))]


def _head(over: Sequence[Factor], levels: Levels) -> tuple[str, str]:
    """Group and name of a column; of two factors the second names it, the first its group."""
    *group, name = [factor.text(levels[factor.key]) for factor in over]
    return "".join(group), name


def _key(grid: Grid, levels: Levels) -> tuple[Value, ...]:
    return tuple(levels[factor.key] for factor in grid.factors)


def _numbers(grid: Grid) -> dict[tuple[Value, ...], int]:
    """The number of each cell by its levels."""
    levels = grid.cells[[factor.key for factor in grid.factors]].itertuples(index=False, name=None)
    return dict(zip(levels, grid.cells.index, strict=True))


def _best(grid: Grid, quantity: Quantity, groups: Sequence[Sequence[int | None]]) -> set[int]:
    """The best cells of each group."""
    return {cell for row in groups for cell in best_of(grid, [cell for cell in row if cell is not None], quantity)}


def _column(
    grid: Grid,
    quantity: Quantity,
    numbers: Sequence[int | None],
    best: Container[int],
    group: str,
    name: str,
) -> Column:
    """The column of these cells, in which those of `best` are marked."""
    counts = scored(grid.runs).groupby("cell")[quantity.name].count()
    cells = [
        None if cell is None else _cell(grid, quantity, cell, int(counts.get(cell, 0)), cell in best)
        for cell in numbers
    ]
    return Column(group, name, cells, _places(cells, quantity))


def _cell(grid: Grid, quantity: Quantity, number: int, n: int, best: bool) -> Cell:
    row = grid.cells.loc[number]
    mean, low, high = (float(row[f"{quantity.name} {end}"]) * quantity.factor for end in ("mean", "low", "high"))
    return Cell(mean, low, high, n, bool(row["complete"]), best)


def _reference(quantity: Quantity, means: Sequence[float]) -> Column:
    """The column of a quantity's reference, in the unit of the quantity; it has no spread worth printing."""
    cells = [None if isnan(mean) else Cell(mean * quantity.factor, nan, nan, 1, reference=True) for mean in means]
    return Column("", quantity.reference_label, cells, _places(cells, quantity), reference=True)


def _places(cells: Sequence[Cell | None], quantity: Quantity) -> int:
    """The decimals of a column: of its typical interval two digits, without one four digits of its smallest mean."""
    halves = [(cell.high - cell.low) / 2 for cell in cells if cell and cell.high > cell.low]
    means = [abs(cell.mean) for cell in cells if cell and cell.mean]
    return decimals(float(np.median(halves)) if halves else min(means, default=1) / 100, quantity.decimals)


def _with_equal_places(table: CellTable) -> CellTable:
    """The table of one quantity, all columns with the decimals of the most precise one."""
    places = max((column.places for column in table.columns if not column.reference), default=0)
    return replace(table, columns=[replace(column, places=places) for column in table.columns])
