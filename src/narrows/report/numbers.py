"""Numbers as text: mean ± half of the 95 % confidence interval (n), p values, signs."""

from math import floor, isnan, log10

from narrows.stats.inference import ALPHA, CONFIDENCE, ROUNDING

PARTIAL = "†"  # marks a cell with missing runs
NOTHING = "–"  # stands in an empty cell
CONFIDENT = f"{CONFIDENCE * 100:.0f} %"
WIDEST = 6  # columns of a table that fit on a page
LEAST_P = 0.0001  # smaller p values are printed as a bound: they rest on the far tail of the t distribution


def spread(mean: float, half: float, unit: float = 1) -> str:
    """“−12.3 ± 0.4”: the half-width to two digits, the mean to the same decimal place.

    The mean alone, to four digits, if there is no spread: one seed, or a value that all seeds share, such as PCA's.
    """
    mean, half = mean * unit, half * unit
    if isnan(half) or half <= ROUNDING * abs(mean):
        return minus(f"{mean:#.4g}")
    places = max(0, 1 - floor(log10(half)))
    return minus(f"{mean:.{places}f} ± {half:.{places}f}")


def decimals(half: float, most: int) -> int:
    """The decimal places, `most` at most, at which a number of this size has two digits."""
    return min(most, max(0, 1 - floor(log10(half)))) if half > 0 else most


def interval(mean: float, low: float, high: float, places: int) -> str:
    """“12.3 ± 0.4”, “12.3 [11.9, 13.1]” for an interval that is not symmetric, or the mean alone without one."""
    if isnan(low) or isnan(high) or high - low <= ROUNDING * abs(mean):
        return minus(f"{mean:.{places}f}")
    if abs(high + low - 2 * mean) > 1e-6 * (high - low):  # a geometric mean
        return minus(f"{mean:.{places}f} [{low:.{places}f}, {high:.{places}f}]")
    return minus(f"{mean:.{places}f} ± {(high - low) / 2:.{places}f}")


def counted(mean: float, half: float, n: int) -> str:
    """“12.3 ± 0.4 (5)”; a large number that all seeds share, such as a count of bytes, is written out."""
    if abs(mean) >= 1000 and half <= ROUNDING * abs(mean):
        return f"{minus(f'{mean:,.0f}')} ({n})"
    return f"{spread(mean, half)} ({n})"


def p_value(p: float) -> str:
    """A p value to two digits, or to as many as distinguish it from the significance level: 0.0501 is not 0.05."""
    if isnan(p):
        return NOTHING
    if p < LEAST_P:
        return f"< {LEAST_P:g}"
    texts = (f"{p:.{digits}g}" for digits in range(2, 17))
    return next((text for text in texts if float(text) != ALPHA), f"{p:g}")


def singular(noun: str) -> str:
    """“nat per image” for “nats per image”, “percentage point” for “percentage points”; other words as they are."""
    return noun.replace("nats ", "nat ").replace("bits ", "bit ").replace("points", "point")


def minus(number: str) -> str:
    """The number with a minus sign instead of a hyphen."""
    return number.replace("-", "−")
