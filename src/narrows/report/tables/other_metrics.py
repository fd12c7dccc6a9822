"""The table of all metrics of the test images that the study does not ask about, in every cell of the grid."""

from pandas import DataFrame

from narrows.config.evaluations import EVALUATIONS
from narrows.report.numbers import NOTHING, PARTIAL, counted
from narrows.stats.grid import Grid, metrics, scored

SPLIT = "test/"
MOST_COLUMNS = 12  # of quantities, whose names are short
#: What the endings of quantities mean that stand for a baseline.
BASELINES = {"_pca": "as many principal components as the code has numbers", "_pixels": "all pixels"}


def other_metrics(grid: Grid) -> DataFrame:
    """Mean ± half of the 95 % interval (n) of every metric test/<quantity> that the study does not ask about.

    A row for each cell and a column for each quantity; the transposed table if there are many quantities. Empty
    if there is no other metric.
    """
    quantities = {name.removeprefix(SPLIT): _column(grid, name) for name in _names(grid)}
    if len(quantities) > max(MOST_COLUMNS, len(grid.cells)):
        names_of_cells = [grid.cell_name(cell) for _, cell in grid.cells.iterrows()]
        columns = dict(zip(names_of_cells, zip(*quantities.values(), strict=True), strict=True))
        return DataFrame({"quantity": list(quantities)} | columns)
    levels = {factor.name: [factor.text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    return DataFrame(levels | quantities) if quantities else DataFrame()


def evaluations(grid: Grid) -> str:
    """“Evaluations: probe (accuracy of a linear classifier on the codes), …”, those of the finished runs."""
    names = dict.fromkeys(name for record in grid.finished for name in record.config.get("evaluation", []))
    described = [f"{name} ({EVALUATIONS[name].description})" if name in EVALUATIONS else name for name in names]
    return f"Evaluations: {', '.join(described)}.{_baselines(grid)}" if described else ""


def _baselines(grid: Grid) -> str:
    """“ Names that end in _pca: the same for as many principal components …”, for the endings that occur."""
    endings = [ending for ending in BASELINES if any(name.endswith(ending) for name in _names(grid))]
    return "".join(f" Names that end in {ending}: the same for {BASELINES[ending]}." for ending in endings)


def _names(grid: Grid) -> list[str]:
    asked = {quantity.name for quantity in grid.quantities}
    return [name for name in metrics(grid.runs, grid.main.name) if name.startswith(SPLIT) and name not in asked]


def _column(grid: Grid, metric: str) -> list[str]:
    """The metric in each cell; n counts the runs that recorded it."""
    counts = scored(grid.runs).groupby("cell")[metric].count().reindex(grid.cells.index, fill_value=0)
    cells = zip(grid.cells[f"{metric} mean"], grid.cells[f"{metric} ci95"], counts, grid.cells["complete"], strict=True)
    return [
        (counted(mean, half, n) if n else f"{NOTHING} (0)") + ("" if complete else PARTIAL)
        for mean, half, n, complete in cells
    ]
