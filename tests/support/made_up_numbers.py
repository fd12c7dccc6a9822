"""Made-up numbers for the rules of the claims: tables as `narrows.claims.measure` makes them."""

import numpy as np
from pandas import DataFrame

from narrows.claims.engine.measure import DIFFERENCES, MEANS


def means(keys: list[str], rows: dict[tuple, float], half: float = 0.1) -> DataFrame:
    """A table of means: `rows` maps levels of `keys` to their mean."""
    found = [(*levels, 3, mean, half / 2, half) for levels, mean in rows.items()]
    return DataFrame(found, columns=[*keys, *MEANS])


def differences(keys: list[str], rows: dict[tuple, tuple[float, str]]) -> DataFrame:
    """A table of differences: `rows` maps levels of `keys` to the difference and what was said of it."""
    found = [(*at, 3, size, 0.1, size / 50, 1.0, 0.01, 0.02, said) for at, (size, said) in rows.items()]
    return DataFrame(found, columns=[*keys, *DIFFERENCES])


def nan_holm(table: DataFrame) -> DataFrame:
    """The same, its tests not made."""
    return table.assign(p=np.nan, holm=np.nan)
