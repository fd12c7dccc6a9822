"""What is seen in each figure, in words."""

from narrows.report.figures import learning_curves as learning
from narrows.report.figures.heatmap import plane
from narrows.report.layout import at_levels, fixed_levels, layout_of
from narrows.report.numbers import PARTIAL
from narrows.stats.factors import x_factor
from narrows.stats.grid import Grid
from narrows.stats.inference import CONFIDENCE


def error(grid: Grid) -> str:
    layout = layout_of(grid)
    spread = "bands" if layout.x and layout.x.numeric else "bars"
    place = at_levels(grid, layout.fixed)
    circles = "" if grid.cells["complete"].all() else " Circled: runs are missing."
    return (
        f"Test error{_against(layout.x.name if layout.x else '')}{_comma(place)}: means and {CONFIDENCE:.0%} "
        f"confidence {spread} (Student t) over seeds; none for one seed. Dashed: PCA with as many numbers in the "
        f"code.{circles}"
    )


def heatmap(grid: Grid) -> str:
    rows, columns = plane(grid)
    place = at_levels(grid, fixed_levels(grid, [rows, columns]))
    return f"Mean test error of each cell of the grid{_comma(place)}; {PARTIAL}: runs are missing, –: none finished."


def curves(grid: Grid) -> str:
    factor = learning.chosen(grid)
    place = at_levels(grid, learning.fixed(grid))
    other = factor is not None and factor.key.startswith("objective")
    scale = " Losses of different objectives are not comparable." if other else ""
    return (
        f"Learning curves{_comma(place)}: means and {CONFIDENCE:.0%} confidence bands over seeds, as far as all runs "
        f"of a curve go.{scale}"
    )


def pictures(grid: Grid) -> str:
    x = x_factor(grid.factors)
    place = at_levels(grid, fixed_levels(grid, [x] if x else []))
    return f"The first test image of each class and its reconstruction by the run of median test error{_comma(place)}."


def _against(name: str) -> str:
    return f" against {name}" if name else ""


def _comma(place: str) -> str:
    return f", {place}" if place else ""
