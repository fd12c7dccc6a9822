"""The answer in one paragraph, every sentence from the numbers and no surer than they are."""

from pandas import DataFrame, Series

from narrows.report.numbers import PARTIAL, spread
from narrows.stats.comparisons import DIFFERENT
from narrows.stats.factors import Factor, Value, text, x_factor
from narrows.stats.grid import MAIN, PCA, STATUSES, Grid
from narrows.stats.inference import ALPHA, CONFIDENCE, FEWEST

MEAN, HALF = f"{MAIN} mean", f"{MAIN} ci95"


def answer(grid: Grid, table: DataFrame) -> str:
    """`table` holds the comparisons."""
    if not grid.cells["n"].any():
        return f"There is no answer yet: none of the {len(grid.runs)} planned runs finished. {incomplete(grid)}"
    sentences = [
        best(grid),
        trend(grid),
        against_pca(grid),
        differences(table),
        incomplete(grid),
        scope(grid),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def name(grid: Grid, cell: "Series[Value]") -> str:
    return ", ".join(factor.at(cell[factor.key]) for factor in grid.factors)


def best(grid: Grid) -> str:
    """Choosing the smallest of many means on the test split flatters it: said where there is a choice."""
    cell = grid.cells.loc[grid.cells[MEAN].idxmin()]
    mark = "" if cell["complete"] else f" {PARTIAL}"
    number = spread(cell[MEAN], cell[HALF])
    n = int(cell["n"])
    seeds = f"mean and {CONFIDENCE:.0%} confidence interval over n = {n} seeds" if n > 1 else "one seed, so no interval"
    if not grid.factors:
        return f"The test MSE is {number}{mark} ({seeds})."
    return (
        f"The lowest test MSE is {number}{mark} at {name(grid, cell)} ({seeds}); as the smallest of "
        f"{_cells(int((grid.cells['n'] > 0).sum()))}, picked by this same number, it is a little optimistic."
    )


def trend(grid: Grid) -> str:
    """How much the error changes from one end of a numeric x to the other, over the lines."""
    x = x_factor(grid.factors)
    if x is None or not x.numeric:
        return ""
    low, high = (_ends(grid, x, level) for level in (x.levels[0], x.levels[-1]))
    ratios = (high / low).dropna()
    if ratios.empty:
        return ""
    least, most = f"{ratios.min():.2f}", f"{ratios.max():.2f}"
    extent = least if least == most else f"{least} to {most}, depending on the other factors"
    return f"From {x.at(x.levels[0])} to {text(x.levels[-1])} the mean error changes by a factor of {extent}."


def _ends(grid: Grid, x: Factor, level: Value) -> "Series[float]":
    rows = grid.cells[grid.cells[x.key] == level]
    others = [factor.key for factor in grid.factors if factor is not x]
    rows = rows.set_index(others) if others else rows.reset_index(drop=True)
    means: Series[float] = rows[MEAN]
    return means


def against_pca(grid: Grid) -> str:
    if f"{PCA} mean" not in grid.cells:
        return ""
    cells = grid.cells.dropna(subset=[MEAN, f"{PCA} mean"])
    if cells.empty:
        return ""
    extent = f"The error is {_ratios(grid, cells)} times that of PCA with as many numbers in the code"
    tested = cells[cells["n"] >= FEWEST]
    if tested.empty:
        return f"{extent}; with fewer than {FEWEST} seeds a cell no interval supports this."
    below = int((tested[MEAN] + tested[HALF] < tested[f"{PCA} mean"]).sum())
    above = int((tested[MEAN] - tested[HALF] > tested[f"{PCA} mean"]).sum())
    return (
        f"{extent}; of {_cells(len(tested))} with {FEWEST} or more seeds, the whole interval lies below PCA in "
        f"{below} and above it in {above} (each at {CONFIDENCE:.0%}, not corrected for their number)."
    )


def _ratios(grid: Grid, cells: DataFrame) -> str:
    """“0.51 (bottleneck 8) to 0.80 (bottleneck 64)”."""
    ratios = cells[MEAN] / cells[f"{PCA} mean"]
    if len(ratios) == 1:
        return f"{ratios.iloc[0]:.2f}"
    return " to ".join(f"{ratios[at]:.2f} ({name(grid, cells.loc[at])})" for at in (ratios.idxmin(), ratios.idxmax()))


def _cells(count: int) -> str:
    return f"{count} cell{'s' * (count != 1)}"


def differences(table: DataFrame) -> str:
    if table.empty:
        return ""
    tests = table["holm"].notna()
    baseline = " and ".join((table["factor"] + " " + table["baseline"]).unique())
    if not tests.any():
        return f"Nothing is called a difference from {baseline}: {_untested(table)}."
    found = table[table["verdict"].isin(DIFFERENT)]
    rest = int(tests.sum()) - len(found)
    left = f" {len(table) - int(tests.sum())} more could not be tested." if not tests.all() else ""
    equal = f" The other {rest} show no difference, which does not show that they are equal." if rest else ""
    if found.empty:
        equal = " That does not show that they are equal."
    return (
        f"Compared with {baseline} seed by seed, {len(found)} of {int(tests.sum())} comparisons are differences "
        f"(paired t tests, Holm-corrected p < {ALPHA}){_found(found)}.{equal}{left}"
    )


def _untested(table: DataFrame) -> str:
    if (table["n"] < FEWEST).all():
        return f"no pair of cells has {FEWEST} seeds in common"
    return "the cells with enough seeds do not vary over them"


def _found(found: DataFrame) -> str:
    """“: activation gelu lower in 4 (2 % to 9 %), tanh higher in 1 (3 %)”."""
    parts = []
    for (factor, level, verdict), rows in found.groupby(["factor", "level", "verdict"], sort=False):
        size = rows["relative"].abs()
        extent = f"{size.min():.1%}" if len(rows) == 1 else f"{size.min():.1%} to {size.max():.1%}"
        parts.append(f"{factor} {level} is {verdict} in {len(rows)} (by {extent})")
    return f": {'; '.join(parts)}" if parts else ""


def incomplete(grid: Grid) -> str:
    """What is missing, counted; which cells they are stands in the tables."""
    counts = grid.cells[[*STATUSES]].sum()
    lost = ", ".join(f"{int(counts[status])} {status}" for status in STATUSES[1:] if counts[status])
    if not lost:
        return ""
    cells = int((~grid.cells["complete"]).sum())
    return (
        f"{len(grid.runs) - int(counts['done'])} of {len(grid.runs)} runs did not finish ({lost}); "
        f"{_cells(cells)} of {len(grid.cells)} incomplete, marked {PARTIAL}."
    )


def scope(grid: Grid) -> str:
    return "n and all intervals count seeds on one fixed split of the data; they do not speak of other data."
