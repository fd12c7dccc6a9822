"""Parts of sentences: values with their units, differences, levels by their words, “n = 5”."""

from collections.abc import Sequence
from math import isnan, nan
from typing import Any

from pandas import Series

from narrows.config.study_section import ARM
from narrows.report.numbers import PARTIAL, decimals, interval, minus, p_value, singular
from narrows.report.tables.differences import scale
from narrows.stats.comparisons import compared, comparing
from narrows.stats.factors import Factor, Value
from narrows.stats.grid import Grid
from narrows.stats.joining import STUDY

Row = Series


def value(grid: Grid, mean: float, low: float, high: float) -> str:
    """A value of the main quantity in its unit: “12.3 ± 0.4 × 10⁻³”, without an interval “12.3 × 10⁻³”."""
    factor, half = grid.main.factor, (high - low) / 2 * grid.main.factor
    places = decimals(half if half > 0 else abs(mean * factor) / 100, grid.main.decimals)
    return with_unit(interval(mean * factor, low * factor, high * factor, places), grid.main.unit)


def with_unit(number: str, unit: str) -> str:
    """“12.3 × 10⁻³”, “95.1 %”, “0.12 (numbers as they are, squared)”."""
    if not unit:
        return number
    if unit.startswith("10"):
        return f"{number} × {unit}" if "±" not in number else f"({number}) × {unit}"
    unit = singular(unit) if number == "1" else unit
    return f"{number} ({unit})" if "," in unit else f"{number} {unit}"


def cell_value(grid: Grid, cell: "Series[Any]") -> str:
    """The mean and interval of a cell, with a sign if runs of it are missing."""
    low, high = (float(cell[end]) for end in grid.interval)
    return value(grid, float(cell[grid.mean]), low, high) + ("" if cell["complete"] else f" {PARTIAL}")


def place(grid: Grid, cell: "Series[Any]") -> str:
    """“ at bottleneck 8, activation relu”; of factors that name themselves “ for masking, level 0.25”."""
    names = [named(factor, cell[factor.key]) for factor in grid.factors]
    return f" {_preposition(grid)} {', '.join(names)}" if names else ""


def named(factor: Factor, level: Value) -> str:
    """“bottleneck 8”, “20 latents”; an arm names itself; of merged axes “masking with level 0.25”."""
    if factor.parts:
        return _merged(factor, level)
    return factor.text(level) if factor.key in (ARM, STUDY) else factor.at(level)


def _merged(factor: Factor, level: Value) -> str:
    """“sparse with active 10” for “sparse, active 10”, whose first part is the level of the axis that all runs have."""
    first, *others = factor.text(level).rsplit(", ", len(factor.parts[level]) - 1)
    return f"{first} with {several(others)}" if others else first


def _preposition(grid: Grid) -> str:
    return "for" if all(names_itself(factor) for factor in grid.factors) else "at"


def names_itself(factor: Factor) -> bool:
    """True if a level says what it is without the factor's name: an arm, a study, a level of merged axes."""
    return bool(factor.parts) or factor.key in (ARM, STUDY)


def level(grid: Grid, row: "Series[Any]", column: str = "level") -> str:
    """A level of a row of `stats.comparisons`: “activation gelu”, of an arm “masking”."""
    factor = next(factor for factor in compared(grid) if factor.name == row["factor"])
    return named(factor, next(level for level in factor.levels if factor.text(level) == row[column]))


def base(grid: Grid, row: "Series[Any]") -> str:
    """The level compared with: “relu”; a number with its factor's name, “bottleneck 8”."""
    factor = next(factor for factor in compared(grid) if factor.name == row["factor"])
    return level(grid, row, "baseline") if factor.numeric or factor.parts else str(row["baseline"])


def baselines(grid: Grid) -> str:
    """All levels that others are compared with: “dense”, “code plain and corruption none”."""
    factors = compared(grid)
    return several(
        [
            f"{factor.name} {factor.text(factor.baseline)}"
            if factor.parts and len(factors) > 1
            else named(factor, factor.baseline)
            for factor in factors
        ]
    )


def unit_of_differences(grid: Grid) -> str:
    """“%” of the baseline where ratios are compared, “percentage points” between shares, else the quantity's unit."""
    if comparing(grid).logarithms:
        return "%"
    return "percentage points" if grid.main.unit == "%" else grid.main.unit


def size(grid: Grid, *differences: float, half: float = nan) -> str:
    """Differences without their sign and with one unit: “6.1 %”, “3.9 to 8.2 %”.

    With two digits of `half`, half of the interval of a difference; without one with two digits of the largest.
    """
    shown = scale(grid)
    numbers = sorted(abs(difference * shown.factor) for difference in differences)
    places = decimals(numbers[-1] if isnan(half) else half * shown.factor, shown.decimals)
    texts = [f"{number:.{places}f}" for number in numbers]
    return with_unit(" to ".join(dict.fromkeys(texts)), unit_of_differences(grid))


def signed_interval(grid: Grid, low: float, high: float) -> str:
    """“−3.0 to 2.3 %”."""
    shown = scale(grid)
    places = decimals((high - low) / 2 * shown.factor, shown.decimals)
    texts = [minus(f"{end * shown.factor:.{places}f}") for end in (low, high)]
    return with_unit(" to ".join(texts), unit_of_differences(grid))


def margin(grid: Grid) -> str:
    """“5 %”, the margin within which levels count as equal; empty without one."""
    shown = scale(grid)
    return with_unit(f"{shown.margin * shown.factor:g}", unit_of_differences(grid)) if shown.margin else ""


def seeds(*counts: int) -> str:
    """“n = 5”, “n = 3 to 5”."""
    least, most = min(counts), max(counts)
    return f"n = {least}" if least == most else f"n = {least} to {most}"


def p(row_p: float, tests: int) -> str:
    """“Holm-corrected p = 0.003”; of a single test “p = 0.003”."""
    text = p_value(row_p)
    corrected = "Holm-corrected p" if tests > 1 else "p"
    return f"{corrected} {text if text.startswith('<') else f'= {text}'}"


def count(number: int, noun: str) -> str:
    """“1 cell”, “6 cells”."""
    return f"{number} {noun}{'s' * (number != 1)}"


def several(texts: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))
