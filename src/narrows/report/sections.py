"""The sections of a report, in order: which figures and which table stand under which heading."""

from dataclasses import dataclass

from pandas import DataFrame

from narrows.report import captions, error_tables
from narrows.report.other_metrics import other_metrics
from narrows.stats.grid import Grid

MOST_ROWS = 60  # of a table on the page; the CSV files hold all rows


@dataclass(frozen=True)
class Picture:
    """A figure on the page: the name of its file, and its caption."""

    name: str
    caption: str


@dataclass(frozen=True)
class Section:
    """A heading with figures, and below them a table with its caption."""

    title: str
    pictures: list[Picture]
    caption: str
    table: DataFrame


def sections(grid: Grid, comparisons: DataFrame, pictures: dict[str, Picture]) -> list[Section]:
    """The sections that have a figure or a table; `pictures` by their names."""

    def section(
        title: str, *figures: str, table: DataFrame | None = None, caption: str = "", file: str = ""
    ) -> Section:
        drawn = [pictures[name] for name in figures if name in pictures]
        rows = DataFrame() if table is None else table
        return Section(title, drawn, f"{caption}{_cut(len(rows), file)}", rows.head(MOST_ROWS))

    everything = [
        section(
            "Test error", "error", "heatmap",
            table=error_tables.errors(grid), caption=captions.errors_table(grid), file="summary.csv",
        ),
        section(
            "What else was measured",
            table=other_metrics(grid), caption=captions.other_metrics_table(grid), file="summary.csv",
        ),
        section(
            "Differences from the baseline",
            table=error_tables.differences(comparisons), caption=captions.differences_table(grid),
            file="differences.csv",
        ),
        section("Learning curves", "curves"),
        section("Reconstructions", "reconstructions"),
        section("Runs that did not finish", table=lost(grid), caption="Each run with its cell.", file="runs.csv"),
    ]  # fmt: skip
    return [section for section in everything if section.pictures or not section.table.empty]


def _cut(rows: int, file: str) -> str:
    return f" The first {MOST_ROWS} of {rows} rows; all are in {file}." if rows > MOST_ROWS else ""


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
