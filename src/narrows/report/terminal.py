"""The report in a terminal: the table of errors, the other metrics, and the answer."""

from pathlib import Path

from pandas import DataFrame

from narrows.report import NAME
from narrows.report.answer import answer
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.other_metrics import other_metrics
from narrows.report.tables.text_tables import as_text, caption
from narrows.stats import grid as grids
from narrows.stats.comparisons import comparisons

MOST_ROWS = 40
MOST_CHARACTERS = 160  # of a line; a wider table is read on the page


def summary_text(folder: Path) -> str:
    """The report of the study in `folder`, as text."""
    grid = grids.read(folder)
    blocks = [
        text
        for table in cell_tables(grid)
        for text in (caption(table), _table(as_text(table).replace(r"\*\*", "", regex=True)))
    ]
    others = _table(other_metrics(grid))
    if others:
        blocks += ["other metrics of the test split, each in its own unit", others]
    return "\n\n".join([*blocks, "\n".join(answer(grid, comparisons(grid)))])


def _table(table: DataFrame) -> str:
    """At most forty rows; for a table that is too wide, the file that holds it."""
    if table.empty:
        return ""
    text: str = table.head(MOST_ROWS).to_markdown(index=False, tablefmt="simple", disable_numparse=True)
    if max(map(len, text.splitlines())) > MOST_CHARACTERS:
        return f"too wide for a terminal ({len(table)} rows, {len(table.columns)} columns): see {NAME}/report.html"
    rest = len(table) - MOST_ROWS
    return text + (f"\n… {rest} more rows in {NAME}/summary.csv" if rest > 0 else "")
