"""The captions of figures and tables."""

from pandas import DataFrame

from narrows.report import numbers
from narrows.report.figures import learning_curves as learning
from narrows.report.figures.heatmap import map_layout
from narrows.report.layout import Layout, at_levels, fixed_levels, layout_of_figure
from narrows.report.numbers import CONFIDENT, PARTIAL
from narrows.report.sentences.phrases import baselines
from narrows.report.tables.differences import scale
from narrows.stats.comparisons import comparing
from narrows.stats.contrast import POWER
from narrows.stats.factors import x_factor
from narrows.stats.grid import PCA, Grid
from narrows.stats.inference import ALPHA, FEWEST, NO_DIFFERENCE


def error(grid: Grid) -> str:
    whole, layout = layout_of_figure(grid)
    x = layout.x
    against = f" against {x.name}" if x else ""
    return (
        f"{capitalised(grid.main.label)}{against}{_panels(layout)}{_place(whole, layout.fixed)}. "
        f"{_marks('bands' if x and x.numeric else 'bars')}{_level(grid)}{_reference(grid)}{_circles(grid)}"
    )


def against(grid: Grid) -> str:
    assert grid.against is not None
    whole, layout = layout_of_figure(grid)
    x = layout.x
    joined = f" Lines join the means in the order of {x.name}." if x and x.numeric else ""
    return (
        f"{capitalised(grid.main.label)} against {grid.against.label}{_panels(layout)}{_place(whole, layout.fixed)}. "
        f"{_marks('bars')}{joined}"
    )


def heatmap(grid: Grid) -> str:
    layout = map_layout(grid)
    shade = "Darker is better. " if grid.main.better else ""
    return (
        f"Mean {grid.main.label} of each cell{_panels(layout)}{_place(grid, layout.fixed)}. {shade}"
        f"{PARTIAL}: runs are missing; {numbers.NOTHING}: no run finished."
    )


def curves(grid: Grid) -> str:
    factor = learning.line_factor(grid)
    objectives = factor is not None and factor.key.startswith("objective")
    scale = " Losses of different objectives are not comparable." if objectives else ""
    some = factor is not None and len(factor.levels) > learning.MOST_CURVES
    count = f" {learning.MOST_CURVES} of {len(factor.levels)} levels are drawn." if some and factor else ""
    return (
        f"Learning curves{_place(grid, learning.fixed(grid))}: the objective, averaged over images; its mean and "
        f"{CONFIDENT} confidence band over seeds, up to the last epoch that all runs of a curve "
        f"reached.{scale}{count}"
    )


def reconstructions(grid: Grid) -> str:
    x = x_factor(grid.factors)
    place = _place(grid, fixed_levels(grid, [x] if x else []))
    median = f"the run with the median {grid.main.label}{place}"
    return f"The first test image of each class and its reconstruction by {median}."


def _marks(spread: str) -> str:
    return f"Dots: seeds; lines and {spread}: means and their {CONFIDENT} confidence intervals (Student t)."


def _panels(layout: Layout) -> str:
    return f", a panel for each {layout.panel.name}" if layout.panel else ""


def _level(grid: Grid) -> str:
    """What a line without levels on x means, if there is one."""
    whole, layout = layout_of_figure(grid)
    if layout.x is None or not layout.x.numeric or not whole.cells[layout.x.key].isna().any():
        return ""
    return f" Lines without markers: arms without {layout.x.name}, their seeds at the right edge."


def _reference(grid: Grid) -> str:
    label = grid.main.reference_label
    code = " with as many components as the code has numbers" if grid.reference == PCA else ""
    return f" Dotted: {label}{code}." if grid.reference else ""


def _circles(grid: Grid) -> str:
    return "" if grid.cells["complete"].all() else " Circles mark cells with runs missing."


def capitalised(label: str) -> str:
    return label[:1].upper() + label[1:]


def differences_table(grid: Grid, comparisons: DataFrame) -> str:
    """What the columns of the table of differences are; `comparisons` as `stats.comparisons` returns them."""
    how = comparing(grid)
    same = ", all other factors equal" if len(grid.factors) > 1 else ""
    pairs = " of the differences by seed" if how.paired else ""
    equality = f"; equality within {scale(grid).equal}: two one-sided tests" if how.margin else ""
    return (
        f"Each level compared with {baselines(grid)}{same}: the difference with its {CONFIDENT} confidence interval, "
        f"Hedges' g{pairs}, and p of {how.the_test}{' on logarithms' if how.logarithms else ''} after Holm's "
        f"correction over all comparisons. A difference needs p < {ALPHA} and n ≥ {FEWEST}{equality}."
        f"{_detectable(comparisons)}"
    )


def _detectable(comparisons: DataFrame) -> str:
    """What the column `detectable` is, if there is one."""
    undecided = comparisons[comparisons["verdict"] == NO_DIFFERENCE]
    if undecided["detectable"].isna().all():
        return ""
    return f" Detectable: the difference that {POWER * 100:.0f} % of such studies would show, in the same unit."


def _place(grid: Grid, fixed: dict[str, float | str]) -> str:
    return f", {at_levels(grid, fixed)}" if fixed else ""
