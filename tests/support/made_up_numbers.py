"""Made-up numbers for the rules of the claims: tables in the form of `narrows.claims.engine.measure`."""

from pandas import DataFrame

from narrows.claims.engine.measure import DIFFERENCES, MEANS


def means(keys: list[str], rows: dict[tuple, float], half: float = 0.1) -> DataFrame:
    """A table of means: `rows` maps the levels of `keys` to their mean."""
    table = [(*levels, 3, mean, half / 2, half) for levels, mean in rows.items()]
    return DataFrame(table, columns=[*keys, *MEANS])


def differences(keys: list[str], rows: dict[tuple, tuple[float, str]]) -> DataFrame:
    """A table of differences: `rows` maps the levels of `keys` to the difference and its verdict."""
    table = [(*levels, 3, size, 0.1, size / 50, 0.01, 0.02, verdict) for levels, (size, verdict) in rows.items()]
    return DataFrame(table, columns=[*keys, *DIFFERENCES])
