"""What else was measured: every other metric of the test images, in every cell of the grid."""

from pandas import DataFrame

from narrows.config.evaluations import EVALUATIONS
from narrows.report.numbers import NOTHING, PARTIAL, counted
from narrows.stats.factors import text
from narrows.stats.grid import MAIN, Grid, metrics, scored

SPLIT = "test/"
MOST_COLUMNS = 12  # of quantities, whose names are short


def other_metrics(grid: Grid) -> DataFrame:
    """Mean ± half of the 95 % interval (n) of every metric test/<quantity> but the main one, as text.

    A row for each cell and a column for each quantity; the other way round if the quantities are many. Empty if
    nothing else was measured.
    """
    names = [name for name in metrics(grid.runs) if name.startswith(SPLIT) and name != MAIN]
    quantities = {name.removeprefix(SPLIT): _column(grid, name) for name in names}
    if len(quantities) > max(MOST_COLUMNS, len(grid.cells)):
        names_of_cells = [grid.cell_name(cell) for _, cell in grid.cells.iterrows()]
        columns = dict(zip(names_of_cells, zip(*quantities.values(), strict=True), strict=True))
        return DataFrame({"quantity": list(quantities)} | columns)
    levels = {factor.name: [text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    return DataFrame(levels | quantities) if quantities else DataFrame()


def evaluations(grid: Grid) -> str:
    """“Evaluations: probe (accuracy of a linear classifier on the codes), …”, those of the finished runs."""
    names = dict.fromkeys(name for record in grid.finished for name in record.config.get("evaluation", []))
    described = [f"{name} ({EVALUATIONS[name].description})" if name in EVALUATIONS else name for name in names]
    return f"Evaluations: {', '.join(described)}." if described else ""


def _column(grid: Grid, metric: str) -> list[str]:
    """The metric in each cell; n counts the runs that recorded it."""
    counts = scored(grid.runs).groupby("cell")[metric].count().reindex(grid.cells.index, fill_value=0)
    cells = zip(grid.cells[f"{metric} mean"], grid.cells[f"{metric} ci95"], counts, grid.cells["complete"], strict=True)
    return [
        (counted(mean, half, n) if n else f"{NOTHING} (0)") + ("" if complete else PARTIAL)
        for mean, half, n, complete in cells
    ]
