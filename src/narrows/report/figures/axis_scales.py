"""Scales, limits and ticks of axes."""

from collections.abc import Sequence
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

from narrows.report.figures.fitting import length
from narrows.report.figures.style import number
from narrows.stats.factors import Factor, text

MOST_TICKS = 12
LEAST_RATIO = 2  # of the values on a logarithmic axis: on a shorter one the ticks at 1, 2, 5 are too few
ROOM = 0.5  # what intervals and references may add on each side, as a share of the values' range
MARGIN = 0.05  # of the axis, on each side

#: Ticks within a decade, from few to many.
SUBDIVISIONS = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7), tuple(range(1, 10)), tuple(np.arange(1, 10, 0.5)))
FEWEST_TICKS = 3

Numbers = NDArray[np.float64]


def value_axis(
    axes: Axes, which: Literal["x", "y"], values: Numbers, others: Numbers, logarithmic: bool, room: float = ROOM
) -> None:
    """The scale, limits and ticks of the axis x or y with measured values.

    The limits come from the values; `others`, ends of intervals and references, are included as far as they add no
    more than `room`, a share of the values' range, on a side: by default they leave the values half of the axis.
    """
    values = values[np.isfinite(values)]
    logarithmic = logarithmic and is_logarithmic(values)
    low, high = limits(values, others, logarithmic, room)
    axis = axes.xaxis if which == "x" else axes.yaxis
    if logarithmic:
        axes.set(**{f"{which}scale": "log"})
        log_ticks(axis, low, high)
    else:
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axes.set(**{f"{which}lim": (low, high)})


def is_logarithmic(values: Numbers) -> bool:
    """True for positive values of which some are at least twice as large as others."""
    return bool(len(values) and values.min() > 0 and values.max() >= LEAST_RATIO * values.min())


def limits(values: Numbers, others: Numbers, logarithmic: bool, room: float = ROOM) -> tuple[float, float]:
    """The limits of an axis: the range of the values, of the others near it, and a margin."""
    others = others[np.isfinite(others) & ((others > 0) | (not logarithmic))]
    if logarithmic:
        low, high = np.exp(limits(np.log(values), np.log(others), False, room))
        return float(low), float(high)
    low, high = values.min(), values.max()
    room *= (high - low) or abs(high) / 2 or 1
    near = others[(others >= low - room) & (others <= high + room)]
    low, high = min([low, *near]), max([high, *near])
    margin = MARGIN * ((high - low) or 2 * room)
    return float(low - margin), float(high + margin)


def log_ticks(axis: Axis, low: float, high: float) -> None:
    """At least three ticks on a logarithmic axis, written as plain numbers."""
    choices = (subs for subs in SUBDIVISIONS if _count(subs, low, high) >= FEWEST_TICKS)
    axis.set_major_locator(LogLocator(subs=next(choices, SUBDIVISIONS[-1]), numticks=10))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda level, _: number(text(level))))
    axis.set_minor_formatter(NullFormatter())


def _count(subdivisions: Sequence[float], low: float, high: float) -> int:
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    ticks = np.outer(decades, subdivisions)
    return int(((ticks >= low) & (ticks <= high)).sum())


def factor_axis(axes: Axes, factor: Factor, inches: float) -> None:
    """The x axis of a numeric factor, `inches` long: ticks at its levels if they are few."""
    numbers = np.array(factor.numbers)
    if factor.logarithmic:
        axes.set_xscale("log")
    low, high = limits(numbers, numbers, factor.logarithmic)
    axes.set_xlim(low, high)
    if len(numbers) <= MOST_TICKS:
        names = [number(factor.text(level)) for level in factor.levels]
        shown = _spaced(along(factor, numbers) * inches, names)
        axes.set_xticks(numbers, [name if i in shown else "" for i, name in enumerate(names)])
        axes.xaxis.set_minor_locator(NullLocator())
    elif factor.logarithmic:
        log_ticks(axes.xaxis, low, high)
    else:
        whole = all(level.is_integer() for level in factor.numbers)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=whole))


def interval_axis(axes: Axes, factor: Factor) -> None:
    """The x axis of a numeric factor whose levels were drawn from an interval, so that ticks stand at round numbers."""
    numbers = np.array(factor.numbers)
    low, high = limits(numbers, numbers, factor.logarithmic)
    if factor.logarithmic:
        axes.set_xscale("log")
        log_ticks(axes.xaxis, low, high)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.set_xlim(low, high)


def along(factor: Factor, numbers: Numbers) -> Numbers:
    """Where the numbers stand between the lowest level of a numeric factor, 0, and its highest, 1."""
    scaled, levels = (np.log(x) if factor.logarithmic else x for x in (numbers, np.array(factor.numbers)))
    low, high = levels.min(), levels.max()
    return np.asarray((scaled - low) / ((high - low) or 1), dtype=float)


def shifted(factor: Factor, numbers: Numbers, shift: Numbers) -> Numbers:
    """The numbers moved along the axis of a numeric factor by `shift`, as a share of its length."""
    levels = np.array(factor.numbers)
    if factor.logarithmic:
        return np.asarray(numbers * (levels.max() / levels.min()) ** shift, dtype=float)
    return np.asarray(numbers + shift * ((levels.max() - levels.min()) or 1), dtype=float)


def gap(factor: Factor) -> float:
    """The least distance between two levels of a numeric factor, as a share of its axis."""
    places = along(factor, np.array(factor.numbers))
    return float(np.diff(places).min()) if len(places) > 1 else 1.0


def _spaced(places: Numbers, names: Sequence[str]) -> set[int]:
    """The indices of the names that fit beside each other, in inches: the first, the last, and those between."""
    between = length("0")
    widths = [length(name) for name in names]
    last = len(names) - 1

    def apart(i: int, j: int) -> bool:
        return bool(places[j] - places[i] >= (widths[i] + widths[j]) / 2 + between)

    shown = [0]
    for i in range(1, last):
        if apart(shown[-1], i) and apart(i, last):
            shown.append(i)
    return {*shown, last} if not last or apart(0, last) else {0}


def epochs(axis: Axis) -> None:
    """Ticks at whole epochs."""
    axis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))


def points() -> float:
    """The size of the text, in points."""
    return float(mpl.rcParams["font.size"])
