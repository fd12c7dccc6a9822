"""The report in a terminal: the answer, its caveats, its tables, and other metrics if they fit."""

from pathlib import Path

from pandas import DataFrame

from narrows.report.answer import answer
from narrows.report.markup import without_bold
from narrows.report.tables import other_metrics
from narrows.report.tables.cell_tables import by_cell, cell_tables
from narrows.report.tables.columns import CellTable
from narrows.report.tables.text_tables import as_text, caption
from narrows.stats.grid import Grid

MOST_ROWS = 40
MOST_CHARACTERS = 120  # of a line; a wider table is read on the page


def summary_text(grid: Grid, comparisons: DataFrame, page: Path) -> str:
    """The report of a grid, as text; `page` is the report's page, on which wider tables are read."""
    told = answer(grid, comparisons)
    blocks = ["\n".join(told.sentences), "\n".join(told.caveats)]
    for table in cell_tables(grid):
        blocks += _of_cells(grid, table, page)
    others = _table(other_metrics.other_metrics(grid), page)
    if _fits(others):
        blocks += [other_metrics.caption(grid), others]
    return "\n\n".join(blocks)


def _of_cells(grid: Grid, table: CellTable, page: Path) -> list[str]:
    """The table with its caption; a table that is too wide has a row for each cell and one quantity at a time."""
    text = _text(table, page)
    if _fits(text):
        return [caption(table), text]
    quantities = [table.quantity] if table.quantity else grid.quantities
    tables = [by_cell(grid, [quantity]) for quantity in quantities]
    texts = [_text(narrow, page) for narrow in tables]
    if all(map(_fits, texts)):
        return [block for narrow, text in zip(tables, texts, strict=True) for block in (caption(narrow), text)]
    return [caption(table), f"(too wide for a terminal, {len(table.columns)} columns: see {page})"]


def _text(table: CellTable, page: Path) -> str:
    return _table(without_bold(as_text(table), len(table.heads)), page)


def _table(table: DataFrame, page: Path) -> str:
    """At most forty rows, and how many there are more."""
    if table.empty:
        return ""
    text: str = table.head(MOST_ROWS).to_markdown(index=False, tablefmt="simple", disable_numparse=True)
    rest = len(table) - MOST_ROWS
    return text + (f"\n… {rest} more rows in {page.with_name('summary.csv')}" if rest > 0 else "")


def _fits(text: str) -> bool:
    """Whether no line of the table is too long; the last line may name a file in any folder."""
    lines = [line for line in text.splitlines() if not line.startswith("…")]
    return 0 < max(map(len, lines), default=0) <= MOST_CHARACTERS
