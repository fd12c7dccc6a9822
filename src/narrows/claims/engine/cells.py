"""Scores of the runs of one cell, and the strongest of several baselines there."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from pandas import DataFrame

from narrows.claims.engine.evidence import Strongest, Turn
from narrows.claims.engine.planned import Planned
from narrows.stats.contrast import Scores
from narrows.stats.crossover import crossover

Pair = tuple[Scores, Scores]  # of a level and its baseline


def scores(table: DataFrame, metric: str, levels: Mapping[str, object] = MappingProxyType({})) -> Scores:
    """A metric of the runs with these levels, (seeds,), as it is recorded."""
    for key, level in levels.items():
        table = table[table[key] == level]
    values: Scores = table[metric].to_numpy(float)
    return values


def strongest(planned: Planned, level: Scores, baselines: Mapping[str, Scores]) -> Strongest:
    """The baseline with the best mean, chosen by its test scores, which is in its favour; and `level` against it."""
    sign = 1 if planned.direction == "lower" else -1
    name = min(baselines, key=lambda name: sign * float(np.nanmean(baselines[name])))
    return Strongest(name, replace(planned, baseline=name).compare(level, baselines[name]))


def turn(axis: str, planned: Planned, places: Mapping[float, Pair]) -> Turn:
    """Where the sign of the planned difference changes: at each place of the axis the scores of level and baseline."""
    ordered = dict(sorted(places.items()))
    contrasts = [planned.compare(*pair).result for pair in ordered.values()]
    return Turn(axis, crossover(list(ordered), contrasts, planned.comparing), planned.direction)
