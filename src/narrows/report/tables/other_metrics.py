"""The table of all metrics of the test images that the study does not ask about, in every cell of the grid."""

from pandas import DataFrame

from narrows.config.evaluations import EVALUATIONS
from narrows.config.quantities import Quantity
from narrows.report.numbers import CONFIDENT, NOTHING, PARTIAL, decimals, interval
from narrows.report.tables.cell_tables import reference_shown
from narrows.stats.grid import Grid
from narrows.stats.inference import ROUNDING
from narrows.stats.runs_and_cells import described, metrics, scored

SPLIT = "test/"
CLIPPED = "pca/mse_clipped"  # a reference that no quantity names
MOST_COLUMNS = 8  # of quantities, whose names have up to 20 characters
#: What the words mean that stand for a baseline at the end of a label.
BASELINES = {"PCA": "as many principal components as the code has numbers", "pixels": "all pixels as the code"}


def other_metrics(grid: Grid) -> DataFrame:
    """Mean ± half of the 95 % interval, as text, of every metric test/<quantity> that the main tables do not show.

    Also that of `pca/mse_clipped`. A row for each cell and a column for each quantity; the transposed table if there
    are many quantities. Empty if there is no other metric.
    """
    quantities = {row.title: _column(grid, row) for row in _rows(grid)}
    if len(quantities) > max(MOST_COLUMNS, len(grid.cells)):
        names_of_cells = [grid.cell_name(cell) for _, cell in grid.cells.iterrows()]
        columns = dict(zip(names_of_cells, zip(*quantities.values(), strict=True), strict=True))
        return DataFrame({"quantity": list(quantities)} | columns)
    levels = {factor.name: [factor.text(level) for level in grid.cells[factor.key]] for factor in grid.factors}
    return DataFrame(levels | quantities) if quantities else DataFrame()


def caption(grid: Grid) -> str:
    """What the table shows, and which evaluations recorded it."""
    return (
        f"The other metrics of the test split: mean ± half of its {CONFIDENT} confidence interval over seeds, n = "
        f"{_seeds(grid)} unless a number in brackets says otherwise. {evaluations(grid)}"
    ).rstrip()


def _seeds(grid: Grid) -> int:
    """The number of seeds of a mean that does not say otherwise."""
    return int(grid.cells["n"].max())


def evaluations(grid: Grid) -> str:
    """“Evaluations: probe (accuracy of a linear classifier on the codes), …”, those of the finished runs."""
    names = dict.fromkeys(name for record in grid.finished for name in record.config.get("evaluation", []))
    described = [f"{name} ({EVALUATIONS[name].description})" if name in EVALUATIONS else name for name in names]
    return f"Evaluations: {', '.join(described)}.{_baselines(grid)}" if described else ""


def _baselines(grid: Grid) -> str:
    """“ PCA: the same for as many principal components …”, for the baselines that occur."""
    labels = [row.label for row in _rows(grid)]
    words = [word for word in BASELINES if any(label.endswith(f", {word}") for label in labels)]
    return "".join(f" {word[:1].upper()}{word[1:]}: the same for {BASELINES[word]}." for word in words)


def _rows(grid: Grid) -> list[Quantity]:
    """The metrics that runs recorded, without those that the main tables show, as such or under another name."""
    recorded = [name for name in metrics(grid.runs, grid.main.name) if name.startswith(SPLIT) or name == CLIPPED]
    shown = _shown(grid)
    rows = [described(name, grid.study, grid.unit) for name in recorded if name not in shown]
    numbers = [grid.runs[row.name].rename(None) for row in grid.quantities]
    new = [row for row in rows if not any(grid.runs[row.name].rename(None).equals(column) for column in numbers)]
    return [row for row in new if row.complement not in shown and grid.runs[row.name].notna().any()]


def _shown(grid: Grid) -> set[str]:
    """The names of the quantities and references of the main tables, and of those that they are the complements of."""
    names = {name for row in grid.quantities for name in (row.name, reference_shown(grid, row))} - {""}
    complements = {described(name, grid.study).complement for name in names}
    return names | (complements - {""})


def _column(grid: Grid, row: Quantity) -> list[str]:
    """The metric in each cell, with the number of runs that recorded it where that is not the usual one."""
    counts = scored(grid.runs).groupby("cell")[row.name].count().reindex(grid.cells.index, fill_value=0)
    ends = [grid.cells[f"{row.name} {end}"] * row.factor for end in ("mean", "low", "high")]
    cells = zip(*ends, counts, grid.cells["complete"], strict=True)
    return [
        (_number(mean, low, high, row) if n else NOTHING)
        + ("" if n == _seeds(grid) else f" ({n})")
        + ("" if complete else PARTIAL)
        for mean, low, high, n, complete in cells
    ]


def _number(mean: float, low: float, high: float, row: Quantity) -> str:
    half = (high - low) / 2
    return interval(mean, low, high, decimals(half if half > ROUNDING * abs(mean) else abs(mean) / 100, row.decimals))
