"""The table of the metrics of the test images that the study does not ask about, in every cell of the grid."""

from pandas import DataFrame

from narrows.config.evaluations import EVALUATIONS
from narrows.config.quantities import Quantity
from narrows.report.numbers import NOTHING, PARTIAL, decimals, interval
from narrows.stats.grid import Grid, described, metrics, scored
from narrows.stats.inference import ROUNDING

SPLIT = "test/"
MOST_COLUMNS = 12  # of quantities, whose names are short


def other_metrics(grid: Grid) -> DataFrame:
    """Mean ± half of the 95 % interval (n) of every metric test/<quantity> that the study does not ask about.

    Each in its printed unit. A row for each cell and a column for each quantity; the transposed table if there are
    many quantities. Empty if there is no other metric.
    """
    rows = [described(name, grid.study, grid.unit) for name in _names(grid)]
    quantities = {row.title: _column(grid, row) for row in rows}
    if len(quantities) > max(MOST_COLUMNS, len(grid.cells)):
        names_of_cells = [grid.cell_name(cell) for _, cell in grid.cells.iterrows()]
        columns = dict(zip(names_of_cells, zip(*quantities.values(), strict=True), strict=True))
        return DataFrame({"quantity": list(quantities)} | columns)
    levels = {factor.name: [factor.text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    return DataFrame(levels | quantities) if quantities else DataFrame()


def evaluations(grid: Grid) -> str:
    """“Evaluations: probe (accuracy of a linear classifier on the codes), …”, those of the finished runs."""
    names = dict.fromkeys(name for record in grid.finished for name in record.config.get("evaluation", []))
    texts = [f"{name} ({EVALUATIONS[name].description})" if name in EVALUATIONS else name for name in names]
    return f"Evaluations: {', '.join(texts)}." if texts else ""


def _names(grid: Grid) -> list[str]:
    told = {row.name for row in grid.quantities} | {grid.reference}
    return [name for name in metrics(grid.runs, grid.main.name) if name.startswith(SPLIT) and name not in told]


def _column(grid: Grid, row: Quantity) -> list[str]:
    """The quantity in each cell; n counts the runs that recorded it."""
    counts = scored(grid.runs).groupby("cell")[row.name].count().reindex(grid.cells.index, fill_value=0)
    ends = [grid.cells[f"{row.name} {end}"] * row.factor for end in ("mean", "low", "high")]
    cells = zip(*ends, counts, grid.cells["complete"], strict=True)
    return [
        (_number(mean, low, high, row) + f" ({n})" if n else f"{NOTHING} (0)") + ("" if complete else PARTIAL)
        for mean, low, high, n, complete in cells
    ]


def _number(mean: float, low: float, high: float, row: Quantity) -> str:
    half = (high - low) / 2
    return interval(mean, low, high, decimals(half if half > ROUNDING * abs(mean) else abs(mean) / 100, row.decimals))
