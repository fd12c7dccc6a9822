"""How a grid with any number of factors is drawn: one on the x axis, some as lines, the others at a fixed level."""

from dataclasses import dataclass
from itertools import product
from math import prod

from narrows.stats.factors import Factor, Value, x_factor
from narrows.stats.grid import Grid

MOST_LINES = 12


@dataclass(frozen=True)
class Layout:
    """`x` is None for a study of seeds only. `fixed` maps the key of each factor that is not drawn to its level."""

    x: Factor | None
    lines: list[Factor]
    fixed: dict[str, Value]

    @property
    def combinations(self) -> list[dict[str, Value]]:
        """The levels of each line."""
        keys = [factor.key for factor in self.lines]
        levels = product(*(factor.levels for factor in self.lines))
        return [dict(zip(keys, combination, strict=True)) for combination in levels]

    def label(self, levels: dict[str, Value]) -> str:
        """The name of a line in the legend, whose title names the factor if there is only one."""
        if not self.lines:
            return "autoencoder"
        if len(self.lines) == 1:
            return self.lines[0].text(levels[self.lines[0].key])
        return ", ".join(factor.at(levels[factor.key]) for factor in self.lines)


def layout_of(grid: Grid) -> Layout:
    """All factors, x and lines, if there are at most `MOST_LINES` lines; else the last factors are fixed at a level."""
    x = x_factor(grid.factors)
    lines = [factor for factor in grid.factors if factor is not x]
    while len(lines) > 1 and prod(len(factor.levels) for factor in lines) > MOST_LINES:
        lines.pop()
    return Layout(x, lines, fixed_levels(grid, [factor for factor in [x, *lines] if factor]))


def fixed_levels(grid: Grid, drawn: list[Factor]) -> dict[str, Value]:
    """The level at which each factor that is not drawn is fixed."""
    return {factor.key: _fixed_level(grid, factor) for factor in grid.factors if factor not in drawn}


def _fixed_level(grid: Grid, factor: Factor) -> Value:
    """The study's baseline; without one the middle of a numeric factor, the first of another."""
    middle = factor.numeric and not grid.study.baseline.keys() & factor.key.split("+")
    return factor.levels[len(factor.levels) // 2] if middle else factor.baseline


def at_levels(grid: Grid, levels: dict[str, Value]) -> str:
    """“at batch_size 128, init default”, empty for no levels."""
    named = [factor.at(levels[factor.key]) for factor in grid.factors if factor.key in levels]
    return f"at {', '.join(named)}" if named else ""
