"""The captions of figures and tables."""

from narrows.report import numbers
from narrows.report.figures import learning_curves as learning
from narrows.report.figures.heatmap import plane
from narrows.report.layout import at_levels, fixed_levels, layout_of
from narrows.report.numbers import PARTIAL
from narrows.report.tables.differences import scale
from narrows.report.tables.other_metrics import evaluations
from narrows.stats.comparisons import compared, comparing
from narrows.stats.factors import x_factor
from narrows.stats.grid import Grid
from narrows.stats.inference import ALPHA, CONFIDENCE, FEWEST


def error(grid: Grid) -> str:
    layout = layout_of(grid)
    spread = "bands" if layout.x and layout.x.numeric else "bars"
    against = f" against {layout.x.name}" if layout.x else ""
    circles = "" if grid.cells["complete"].all() else " Circles mark cells with runs missing."
    return (
        f"Test error{against}{_place(grid, layout.fixed)}: means and {CONFIDENCE:.0%} confidence {spread} (Student t) "
        f"over seeds; no {spread} for a single seed. Dashed: PCA with as many components as the code has numbers."
        f"{circles}"
    )


def heatmap(grid: Grid) -> str:
    place = _place(grid, fixed_levels(grid, list(plane(grid))))
    return f"Mean test error of each cell{place}. {PARTIAL}: runs are missing; {numbers.NOTHING}: no run finished."


def curves(grid: Grid) -> str:
    factor = learning.line_factor(grid)
    objectives = factor is not None and factor.key.startswith("objective")
    scale = " Losses of different objectives are not comparable." if objectives else ""
    return (
        f"Learning curves{_place(grid, learning.fixed(grid))}: means and {CONFIDENCE:.0%} confidence bands over seeds, "
        f"up to the last epoch that all runs of a curve reached.{scale}"
    )


def reconstructions(grid: Grid) -> str:
    x = x_factor(grid.factors)
    place = _place(grid, fixed_levels(grid, [x] if x else []))
    return f"The first test image of each class and its reconstruction by the run with the median test error{place}."


def other_metrics_table(grid: Grid) -> str:
    return (
        "The other metrics of the test split, each in its own unit: mean ± half of the "
        f"{CONFIDENCE:.0%} confidence interval over seeds (n). {evaluations(grid)}"
    ).rstrip()


def differences_table(grid: Grid) -> str:
    baselines, how = " and ".join(factor.at(factor.baseline) for factor in compared(grid)), comparing(grid)
    equality = f"; equality within {scale(grid).equal}: two one-sided tests" if how.margin else ""
    return (
        f"Each level compared with {baselines}, all other factors equal: the difference with its {CONFIDENCE:.0%} "
        f"confidence interval, Hedges' g, and p of {how.test}{' on logarithms' if how.logarithms else ''} after Holm's "
        f"correction over all comparisons. A difference needs p < {ALPHA} and n ≥ {FEWEST}{equality}."
    )


def _place(grid: Grid, fixed: dict[str, float | str]) -> str:
    return f", {at_levels(grid, fixed)}" if fixed else ""
