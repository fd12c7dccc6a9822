"""The answer to a study's question in a few sentences, each derived from the numbers."""

from pandas import DataFrame, Series

from narrows.report.numbers import PARTIAL, spread
from narrows.stats.comparisons import DIFFERENT
from narrows.stats.factors import Factor, Value, text, x_factor
from narrows.stats.grid import STATUSES, Grid
from narrows.stats.inference import ALPHA, CONFIDENCE, FEWEST

SCOPE = "All intervals are over seeds on one fixed split of the data; they say nothing about other data."


def answer(grid: Grid, comparisons: DataFrame) -> list[str]:
    """The sentences, the most important first; `comparisons` as `stats.comparisons` returns them."""
    if not grid.cells["n"].any():
        return [f"There is no answer yet: none of the {len(grid.runs)} planned runs finished.", incomplete(grid)]
    sentences = [
        best(grid),
        selection(grid),
        trend(grid),
        against_pca(grid),
        differences(comparisons),
        incomplete(grid),
        SCOPE,
    ]
    return [sentence for sentence in sentences if sentence]


def best(grid: Grid) -> str:
    """The sentence about the lowest mean error of all cells."""
    cell = grid.cells.loc[grid.cells[grid.mean].idxmin()]
    number = spread(cell[grid.mean], cell[grid.half], grid.main.factor) + ("" if cell["complete"] else f" {PARTIAL}")
    n = int(cell["n"])
    seeds = f"mean and {CONFIDENCE:.0%} confidence interval over n = {n} seeds" if n > 1 else "one seed, so no interval"
    if not grid.factors:
        return f"The {grid.main.label} is {number} ({seeds})."
    return f"The lowest {grid.main.label} is {number} at {grid.cell_name(cell)} ({seeds})."


def selection(grid: Grid) -> str:
    """A reminder that the minimum over several means is biased downwards."""
    if not grid.factors:
        return ""
    cells = _cells(int((grid.cells["n"] > 0).sum()))
    names = " and ".join(factor.name for factor in grid.factors)
    return (
        f"It is the smallest of {cells} (combinations of {names}), selected on the test images, and therefore slightly "
        "optimistic."
    )


def trend(grid: Grid) -> str:
    """The ratio of the mean errors at the last and the first level of a numeric x: its range over the other factors."""
    x = x_factor(grid.factors)
    if x is None or not x.numeric:
        return ""
    low, high = (_means_at(grid, x, level) for level in (x.levels[0], x.levels[-1]))
    ratios = (high / low).dropna()
    if ratios.empty:
        return ""
    least, most = f"{ratios.min():.2f}", f"{ratios.max():.2f}"
    others = " and ".join(factor.name for factor in grid.factors if factor is not x)
    extent = least if least == most else f"{least} to {most}, depending on {others}"
    return f"From {x.at(x.levels[0])} to {text(x.levels[-1])} the mean error changes by a factor of {extent}."


def _means_at(grid: Grid, x: Factor, level: Value) -> "Series[float]":
    rows = grid.cells[grid.cells[x.key] == level]
    others = [factor.key for factor in grid.factors if factor is not x]
    rows = rows.set_index(others) if others else rows.reset_index(drop=True)
    means: Series[float] = rows[grid.mean]
    return means


def against_pca(grid: Grid) -> str:
    """The ratio to PCA's error, and in how many cells the whole interval lies below or above it."""
    if not grid.reference:
        return ""
    cells = grid.cells.dropna(subset=[grid.mean, f"{grid.reference} mean"])
    if cells.empty:
        return ""
    extent = f"The {grid.main.label} is {_ratios(grid, cells)} times that of {grid.main.reference_label}"
    tested = cells[cells["n"] >= FEWEST]
    if tested.empty:
        return f"{extent}; no cell has the {FEWEST} seeds needed for an interval to support this."
    below = int((tested[grid.mean] + tested[grid.half] < tested[f"{grid.reference} mean"]).sum())
    above = int((tested[grid.mean] - tested[grid.half] > tested[f"{grid.reference} mean"]).sum())
    return (
        f"{extent}; of {_cells(len(tested))} with {FEWEST} or more seeds, the whole interval lies below "
        f"{grid.main.reference_label} in "
        f"{below} and above it in {above} (each at {CONFIDENCE:.0%}, not corrected for multiple comparisons)."
    )


def _ratios(grid: Grid, cells: DataFrame) -> str:
    """“0.51 (bottleneck 8) to 0.80 (bottleneck 64)”."""
    ratios = cells[grid.mean] / cells[f"{grid.reference} mean"]
    if len(ratios) == 1:
        return f"{ratios.iloc[0]:.2f}"
    ends = (ratios.idxmin(), ratios.idxmax())
    return " to ".join(f"{ratios[end]:.2f} ({grid.cell_name(cells.loc[end])})" for end in ends)


def _cells(count: int) -> str:
    return f"{count} cell{'s' * (count != 1)}"


def differences(comparisons: DataFrame) -> str:
    """How many comparisons with the baseline are significant, which ones, and how large the differences are."""
    if comparisons.empty:
        return ""
    tests = int(comparisons["holm"].notna().sum())
    baseline = " and ".join((comparisons["factor"] + " " + comparisons["baseline"]).unique())
    if not tests:
        return f"No difference from {baseline} can be shown: {_untested(comparisons)}."
    significant = comparisons[comparisons["verdict"].isin(DIFFERENT)]
    left = len(comparisons) - tests
    return (
        f"Compared with {baseline}, paired by seed, {len(significant)} of {tests} comparisons show a difference "
        f"(paired t tests, Holm-corrected p < {ALPHA}){_which(significant)}."
        + _equality(tests - len(significant), tests)
        + (f" {left} more could not be tested." if left else "")
    )


def _untested(comparisons: DataFrame) -> str:
    if (comparisons["n"] < FEWEST).all():
        return f"no pair of cells has {FEWEST} seeds in common"
    return "in the cells with enough seeds, the differences do not vary over seeds"


def _which(significant: DataFrame) -> str:
    """“: activation gelu is lower in 4 (by 2 % to 9 %); activation tanh is higher in 1 (by 3 %)”."""
    parts = []
    for (factor, level, verdict), rows in significant.groupby(["factor", "level", "verdict"], sort=False):
        size = rows["difference"].abs()
        extent = f"{size.min():.1%}" if len(rows) == 1 else f"{size.min():.1%} to {size.max():.1%}"
        parts.append(f"{factor} {level} is {verdict} in {len(rows)} (by {extent})")
    return f": {'; '.join(parts)}" if parts else ""


def _equality(without: int, tests: int) -> str:
    """A reminder that comparisons without a significant difference do not prove equality."""
    if not without:
        return ""
    if without == tests:
        return " That does not show that they are equal."
    others = "The other one shows" if without == 1 else f"The other {without} show"
    return f" {others} no difference, which does not show equality."


def incomplete(grid: Grid) -> str:
    """How many runs did not finish; the tables say which."""
    counts = grid.cells[[*STATUSES]].sum()
    lost = ", ".join(f"{int(counts[status])} {status}" for status in STATUSES[1:] if counts[status])
    if not lost:
        return ""
    cells = int((~grid.cells["complete"]).sum())
    return (
        f"{len(grid.runs) - int(counts['done'])} of {len(grid.runs)} runs did not finish ({lost}); "
        f"{cells} of {_cells(len(grid.cells))} incomplete, marked {PARTIAL}."
    )
