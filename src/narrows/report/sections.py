"""The sections of a report, in order: which figures and which table stand under which heading."""

from dataclasses import dataclass, field, replace

from pandas import DataFrame

from narrows.report import captions
from narrows.report.tables import other_metrics
from narrows.report.tables.cell_tables import cell_tables
from narrows.report.tables.columns import CellTable
from narrows.report.tables.differences import differences
from narrows.report.tables.text_tables import as_text, caption
from narrows.stats.grid import Grid

MOST_ROWS = 60  # of a table on the page; the CSV files hold all rows


@dataclass(frozen=True)
class Picture:
    """A figure on the page: the name of its file, and its caption."""

    name: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A heading, a table with its caption, and figures. The first `levels` columns of the table have no bold text."""

    title: str
    pictures: list[Picture]
    caption: str = ""
    table: DataFrame = field(default_factory=DataFrame)
    levels: int | None = None


def sections(grid: Grid, comparisons: DataFrame, pictures: dict[str, Picture]) -> list[Section]:
    """The sections that have a figure or a table; `pictures` by their names."""

    def drawn(*names: str) -> list[Picture]:
        return [pictures[name] for name in names if name in pictures]

    tables = cell_tables(grid)
    everything = [
        _of_cells("Results", tables[0], drawn("error", "against")),
        *(
            _of_cells(captions.capitalised(quantity.label), table, [])
            for quantity, table in list(zip(grid.quantities, tables, strict=False))[1:]
        ),
        _section("Other metrics", [], other_metrics.other_metrics(grid), other_metrics.caption(grid), "summary.csv"),
        _section(
            "Differences from the baseline",
            [],
            differences(grid, comparisons),
            captions.differences_table(grid, comparisons),
            "differences.csv",
        ),
        Section("All cells", drawn("heatmap")),
        Section("Learning curves", drawn("curves")),
        Section("Reconstructions", drawn("reconstructions")),
        _section("Runs that did not finish", [], lost(grid), "Each run with its cell.", "runs.csv"),
    ]
    return [section for section in everything if section.pictures or not section.table.empty]


def _of_cells(title: str, table: CellTable, pictures: list[Picture]) -> Section:
    section = _section(title, pictures, as_text(table), caption(table), "summary.csv")
    return replace(section, levels=len(table.heads))


def _section(title: str, pictures: list[Picture], table: DataFrame, caption: str, file: str) -> Section:
    """A section with the first rows of a table; `file` holds all of them."""
    rows = len(table)
    cut = f" The first {MOST_ROWS} of {rows} rows; all are in {file}." if rows > MOST_ROWS else ""
    return Section(title, pictures, caption + cut, table.head(MOST_ROWS))


def lost(grid: Grid) -> DataFrame:
    """A row for each planned run that is not done."""
    runs = grid.runs[grid.runs["status"] != "done"]
    cells = [grid.cells.loc[number] for number in runs["cell"]]
    return DataFrame(
        {
            "cell": [grid.cell_name(cell) for cell in cells],
            "done / planned": [f"{cell['done']} / {cell['planned']}" for cell in cells],
            "run": runs["run"],
            "status": runs["status"],
            "error": runs["error"].str.slice(0, 200),
        }
    )
