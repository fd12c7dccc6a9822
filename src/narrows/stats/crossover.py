"""Where a difference between two methods changes its sign along a numeric axis, with an interval."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from narrows.stats.contrast import Comparing, Contrast
from narrows.stats.inference import ALPHA, CONFIDENCE, holm

POINTS = 2001  # between two levels: places of the axis that are tried, 0.05 % of the distance apart

Floats = NDArray[np.float64]


class Crossover(NamedTuple):
    """The place on the axis where the difference is 0, and the ends of its 95 % interval.

    `before` is the sign of the difference at smaller values, −1 or 1; after it the sign is the opposite one.
    """

    at: float
    low: float
    high: float
    before: int


def crossover(levels: Sequence[float], contrasts: Sequence[Contrast], how: Comparing) -> Crossover | None:
    """The first change of sign between two levels at which a difference is shown; None if there is none.

    `contrasts` are those at each of the ascending `levels`; a difference is shown at p < 0.05 after Holm's correction
    over all levels. Between levels the difference on the scale of the test is interpolated linearly, over the logarithm
    of a positive axis. The interval has the places at which the t test of the interpolated difference does not reject
    0 (the inversion of a test, as Fieller 1954), at most from the one level to the other.
    """
    corrected = holm(np.array([result.p for result in contrasts], dtype=float))
    shown = [index for index, p in enumerate(corrected) if p < ALPHA]
    signs = [int(np.sign(contrasts[index].difference)) for index in shown]
    for (first, before), (last, after) in pairwise(zip(shown, signs, strict=True)):
        if before != after:
            scale = (np.log, np.exp) if min(levels) > 0 else (np.positive, np.positive)
            axis = scale[0](np.array(levels[first : last + 1], dtype=float))
            at, low, high = scale[1](np.array(_between(axis, contrasts[first : last + 1], how))).tolist()
            return Crossover(at, low, high, before)
    return None


def _between(axis: Floats, contrasts: Sequence[Contrast], how: Comparing) -> tuple[float, float, float]:
    """The crossing between the ends of `axis`, whose differences have opposite signs, and the ends of its interval."""
    differences = np.array([how.unscaled(result.difference) for result in contrasts])
    places = np.unique(np.concatenate([np.linspace(*ends, POINTS) for ends in pairwise(axis)]))
    middle = _first_zero(places, np.interp(places, axis, differences))
    undecided = _undecided(places, axis, differences, contrasts)
    inside = [*places[undecided], middle]  # may have gaps
    return middle, min(inside), max(inside)


def _first_zero(places: Floats, differences: Floats) -> float:
    """The first place at which the interpolated difference has another sign than at the first place."""
    return float(places[np.flatnonzero(np.sign(differences) != np.sign(differences[0]))[0]])


def _undecided(places: Floats, axis: Floats, differences: Floats, contrasts: Sequence[Contrast]) -> NDArray[np.bool_]:
    """Where the interval of the interpolated difference has 0: the levels on both sides are independent."""
    errors, df = np.array([result.error for result in contrasts]), min(result.df for result in contrasts)
    right = np.clip(np.searchsorted(axis, places), 1, len(axis) - 1)
    share = (places - axis[right - 1]) / (axis[right] - axis[right - 1])
    error = np.hypot((1 - share) * errors[right - 1], share * errors[right])
    critical = stats.t.ppf((1 + CONFIDENCE) / 2, df)
    inside: NDArray[np.bool_] = np.abs(np.interp(places, axis, differences)) <= critical * error
    return inside
