"""Equal tuning: for every arm the same small search, decided by the validation loss."""

from collections.abc import Sequence

import pandas as pd
from pandas import DataFrame

from narrows.claims.engine.measure import VALIDATION, groups


def tuned(table: DataFrame, arms: Sequence[str], searched: Sequence[str]) -> DataFrame:
    """The runs of each arm (levels of `arms`) at those levels of `searched` with the lowest mean validation loss.

    Test scores play no part. Failed runs have no row in `table`: a setting that lost a run of its arm is not chosen.
    """
    return pd.concat([_best(group, searched) for _, group in groups(table, arms)], ignore_index=True)


def _best(group: DataFrame, searched: Sequence[str]) -> DataFrame:
    settings = group.groupby(list(searched), sort=False)[VALIDATION]
    whole = settings.mean()[settings.count() == settings.count().max()]
    best = whole.idxmin()
    levels = best if isinstance(best, tuple) else (best,)
    chosen = pd.concat([group[key] == level for key, level in zip(searched, levels, strict=True)], axis=1).all(axis=1)
    return group[chosen]
