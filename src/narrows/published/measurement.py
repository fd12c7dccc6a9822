"""What the runs of a study measure for a published number: one value for each seed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from narrows.config.dotted import value_at
from narrows.config.levels import Level
from narrows.config.published_section import PublishedNumber
from narrows.stats.contrast import Comparing, contrast
from narrows.stats.factors import SEED, value
from narrows.stats.grid import Grid
from narrows.stats.inference import half_width
from narrows.stats.runs_and_cells import scored

Scores = NDArray[np.float64]  # (seeds,)

RATIO = Comparing(logarithms=True, paired=False, margin=0.0)


class Measurement(NamedTuple):
    """The mean over `n` seeds in the unit of the published number, and the ends of its 95 % interval (Student t).

    Of a ratio: the ratio of geometric means, with the interval of Welch's test on logarithms, and the smaller number of
    seeds. NaN where there are too few seeds.
    """

    n: int
    mean: float
    low: float
    high: float

    def wider(self, runs: int) -> tuple[float, float]:
        """The ends of the interval in which the mean of `runs` further runs is expected: a prediction interval.

        Half of it is t s √(1/n + 1/m) for m runs, where that of the mean is t s √(1/n).
        """
        scale = (1 + self.n / runs) ** 0.5
        return self.mean - scale * (self.mean - self.low), self.mean + scale * (self.high - self.mean)


def measurement(
    grid: Grid, numbers: Mapping[str, PublishedNumber], name: str, also: Mapping[str, Level] = MappingProxyType({})
) -> Measurement:
    """What the grid measures for `numbers[name]`, from those of its runs that are also at the levels `also`."""
    number = numbers[name]
    measured = scores(grid, number, also) * number.factor
    if number.over is None:
        return mean_of(measured)
    ratio = contrast(measured, scores(grid, numbers[number.over], also) * numbers[number.over].factor, RATIO)
    return Measurement(min(ratio.n, ratio.n_baseline), 1 + ratio.difference, 1 + ratio.low, 1 + ratio.high)


def scores(grid: Grid, number: PublishedNumber, also: Mapping[str, Level] = MappingProxyType({})) -> Scores:
    """The recorded quantity of each seed that has all runs of the number: their mean over the other axes."""
    planned = grid.runs[[_is_at(grid, str(run), {**number.at, **also}) for run in grid.runs["run"]]]
    finished = scored(planned).dropna(subset=[number.quantity])
    by_seed = finished.groupby(SEED)[number.quantity]
    cells = planned["cell"].nunique()
    means: Scores = by_seed.mean()[by_seed.count() == cells].to_numpy(float)
    return means


def _is_at(grid: Grid, run: str, levels: Mapping[str, Level]) -> bool:
    """True if the run has these levels: of the study's axes or, where the size has no such axis, in its config."""
    record = grid.records.get(run)
    planned = grid.study.fixed | grid.study.runs[run]
    config = record.config if record else {}
    return all(
        value(planned[key] if key in planned else value_at(config, key)) == value(level)
        for key, level in levels.items()
    )


def mean_of(values: Scores) -> Measurement:
    """The mean of values (seeds,) with its interval; NaN without values, an interval of NaN for one."""
    n = len(values)
    if n == 0:
        return Measurement(0, np.nan, np.nan, np.nan)
    mean = float(values.mean())
    half = float(half_width(np.std(values, ddof=1), n)) if n > 1 else np.nan
    return Measurement(n, mean, mean - half, mean + half)
