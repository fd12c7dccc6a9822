"""The report in a terminal: the answer, its caveats, the tables of the study's quantities, and the other metrics."""

from pandas import DataFrame

from narrows.report import NAME
from narrows.report.answer import answer
from narrows.report.markup import without_bold
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.other_metrics import other_metrics
from narrows.report.tables.text_tables import as_text, caption
from narrows.stats.grid import Grid

MOST_ROWS = 40
MOST_CHARACTERS = 160  # of a line; a wider table is read on the page


def summary_text(grid: Grid, comparisons: DataFrame) -> str:
    """The report of a grid, as text."""
    told = answer(grid, comparisons)
    blocks = ["\n".join(told.sentences), "\n".join(told.caveats)]
    for table in cell_tables(grid):
        blocks += [caption(table), _table(without_bold(as_text(table), len(table.heads)))]
    if others := _table(other_metrics(grid)):
        blocks += ["other metrics of the test split, each in its own unit", others]
    return "\n\n".join(blocks)


def _table(table: DataFrame) -> str:
    """At most forty rows; for a table that is too wide, the file that holds it."""
    if table.empty:
        return ""
    text: str = table.head(MOST_ROWS).to_markdown(index=False, tablefmt="simple", disable_numparse=True)
    if max(map(len, text.splitlines())) > MOST_CHARACTERS:
        return f"too wide for a terminal ({len(table)} rows, {len(table.columns)} columns): see {NAME}/report.html"
    rest = len(table) - MOST_ROWS
    return text + (f"\n… {rest} more rows in {NAME}/summary.csv" if rest > 0 else "")
