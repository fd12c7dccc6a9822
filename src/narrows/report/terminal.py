"""The report in a terminal: the answer, its caveats, its tables, and other metrics if they fit."""

from pandas import DataFrame

from narrows.report import NAME, PAGE
from narrows.report.answer import answer
from narrows.report.markup import without_bold
from narrows.report.tables import other_metrics
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.text_tables import as_text, caption
from narrows.stats.grid import Grid

MOST_ROWS = 40
MOST_CHARACTERS = 120  # of a line; a wider table is read on the page


def summary_text(grid: Grid, comparisons: DataFrame) -> str:
    """The report of a grid, as text."""
    told = answer(grid, comparisons)
    blocks = ["\n".join(told.sentences), "\n".join(told.caveats)]
    for table in cell_tables(grid):
        text = _table(without_bold(as_text(table), len(table.heads)))
        wide = f"(too wide for a terminal, {len(table.columns)} columns: see {NAME}/{PAGE})"
        blocks += [caption(table), text if _fits(text) else wide]
    others = _table(other_metrics.other_metrics(grid))
    if _fits(others):
        blocks += [other_metrics.caption(grid), others]
    return "\n\n".join(blocks)


def _table(table: DataFrame) -> str:
    """At most forty rows, and how many there are more."""
    if table.empty:
        return ""
    text: str = table.head(MOST_ROWS).to_markdown(index=False, tablefmt="simple", disable_numparse=True)
    rest = len(table) - MOST_ROWS
    return text + (f"\n… {rest} more rows in {NAME}/summary.csv" if rest > 0 else "")


def _fits(text: str) -> bool:
    return 0 < max(map(len, text.splitlines()), default=0) <= MOST_CHARACTERS
