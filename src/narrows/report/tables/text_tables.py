"""Tables of cells as text: for the page, Markdown, the terminal and TensorBoard. Bold text stands between `**`."""

from pandas import DataFrame

from narrows.report.numbers import CONFIDENT, NOTHING, PARTIAL, interval
from narrows.report.tables.columns import Cell, CellTable, Column


def as_text(table: CellTable) -> DataFrame:
    """The table with “12.3 ± 0.4” in each cell, and the seeds in brackets where they are fewer than elsewhere.

    Columns may have the same name: those of references.
    """
    columns = [[_text(cell, column, table.seeds) for cell in column.cells] for column in table.columns]
    rows = [[*levels, *cells] for levels, *cells in zip(table.rows, *columns, strict=True)]
    return DataFrame(rows, columns=[*table.heads, *map(_name, table.columns)])


def _name(column: Column) -> str:
    return f"{column.group}, {column.name}" if column.group else column.name


def _text(cell: Cell | None, column: Column, seeds: int) -> str:
    if cell is None:
        return NOTHING
    mark = "" if cell.complete else PARTIAL
    if not cell.n:
        return f"{NOTHING} (0){mark}"
    number = interval(cell.mean, cell.low, cell.high, column.places)
    count = f" ({cell.n})" if not column.reference and cell.n != seeds else ""
    return (f"**{number}**" if cell.best else number) + count + mark


def caption(table: CellTable, brackets: bool = True) -> str:
    """What the table shows, n once, and only the signs that occur in it; `brackets` if they hold a smaller n."""
    return " ".join(sentence for sentence in (_shown(table), _seeds(table, brackets), *_signs(table)) if sentence)


def _shown(table: CellTable) -> str:
    what = table.quantity.title if table.quantity else "Each quantity"
    columns = f" Columns: {' over '.join(table.over)}." if table.over else ""
    return f"{what[0].upper()}{what[1:]}: mean ± half of its {CONFIDENT} confidence interval over seeds.{columns}"


def _seeds(table: CellTable, brackets: bool) -> str:
    counts = {cell.n for cell in table.cells}
    if not counts:
        return ""
    if len(counts) < 2:
        return f"n = {table.seeds} seeds in each cell." if table.seeds > 1 else "One seed, so no intervals."
    if not brackets:
        return f"n = {min(counts)} to {table.seeds} seeds."
    return f"n = {table.seeds} seeds, or as many as stand in brackets."


def _signs(table: CellTable) -> list[str]:
    cells = [cell for column in table.columns for cell in column.cells if cell]
    tests = "one-sided tests, corrected for all pairs"
    best = f"Bold: the best of each {table.group} and those not shown to be worse ({tests})."
    geometric = "Intervals in brackets belong to geometric means."
    return [
        best if any(cell.best for cell in cells) else "",
        geometric if any(cell.skewed for cell in cells) else "",
        f"{PARTIAL}: runs are missing." if not all(cell.complete for cell in cells) else "",
        f"{NOTHING}: no run finished or none was planned." if _empty(table) else "",
    ]


def _empty(table: CellTable) -> bool:
    return any(cell is None or not cell.n for column in table.columns for cell in column.cells)
