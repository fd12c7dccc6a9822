"""Names of levels along an x axis: in lines that fit beside each other, else leaning, else upright."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from narrows.report.figures.axis_scales import points
from narrows.report.figures.fitting import INCH, fits, length, wrapped
from narrows.report.figures.style import number
from narrows.stats.factors import Factor, few

MOST_LINES = 3
LEANING = 40  # degrees
LONGEST = 20  # characters of a line of a name that is not level


def name_levels(all_axes: Sequence[Axes], factor: Factor | None, inches: float) -> float:
    """Ticks at 0, 1, … named after the levels, on axes that are `inches` long.

    Returns the inches by which the names are higher than one line. Of more names than fit upright only some are shown.
    """
    names = [number(factor.text(level)) for level in factor.levels] if factor else []
    each = inches / max(1, len(names))
    level = [wrapped(name, each - length("0")) for name in names]
    if all(fits(name, each - length("0") / 2) and name.count("\n") < MOST_LINES for name in level):
        return _set(all_axes, range(len(names)), level, 0)
    line = 1.25 * points() / INCH
    folded = [wrapped(name, LONGEST * length("0")) for name in names]
    thick = line * max(name.count("\n") + 1 for name in folded)
    if each * np.sin(np.radians(LEANING)) >= thick:
        return _set(all_axes, range(len(names)), folded, LEANING)
    shown = few(list(range(len(names))), max(2, int(inches / thick)))
    return _set(all_axes, shown, [folded[i] for i in shown], 90)


def _set(all_axes: Sequence[Axes], places: Sequence[int], names: Sequence[str], angle: int) -> float:
    leaning: dict[str, Any] = {"ha": "right", "rotation_mode": "anchor"} if angle == LEANING else {"ha": "center"}
    for axes in all_axes:
        axes.set_xticks(places, names, rotation=angle, **leaning)
    line = 1.25 * points() / INCH
    lines = max((name.count("\n") for name in names), default=0)
    longest = max(map(length, names), default=0.0)
    return float(lines * line if angle == 0 else longest * np.sin(np.radians(angle)) + lines * line / 2)
