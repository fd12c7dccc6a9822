"""How a figure shows any number of factors: one on x, some as lines, one as panels, the others at a fixed level.

A factor that merges a kind with a number of it (see `stats.nesting`) is drawn as two: the number on x and the kind as
lines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import nan, prod

from pandas import DataFrame

from narrows.stats.factors import Factor, Value, axes, x_factor
from narrows.stats.grid import Grid

MOST_LINES = 12
MOST_PANELS = 6

Levels = dict[str, Value]


@dataclass(frozen=True)
class Layout:
    """`x` is None for a study of seeds only. `fixed` maps the key of each factor that is not shown to its level."""

    x: Factor | None
    lines: list[Factor]
    fixed: Levels
    panel: Factor | None = None

    @property
    def combinations(self) -> list[Levels]:
        """The levels of each line."""
        keys = [factor.key for factor in self.lines]
        levels = product(*(factor.levels for factor in self.lines))
        return [dict(zip(keys, combination, strict=True)) for combination in levels]

    @property
    def panels(self) -> dict[str, Levels]:
        """The levels of each panel by its title; one panel without a title if no factor is shown as panels."""
        if not self.panel:
            return {"": {}}
        return {self.panel.at(level): {self.panel.key: level} for level in self.panel.levels}

    def label(self, levels: Levels) -> str:
        """The name of a line in the legend, whose title names the factor if there is only one."""
        if not self.lines:
            return "autoencoder"
        if len(self.lines) == 1:
            return self.lines[0].text(levels[self.lines[0].key])
        return ", ".join(factor.at(levels[factor.key]) for factor in self.lines)


def layout_of_figure(grid: Grid) -> tuple[Grid, Layout]:
    """The layout of a figure, and the grid with the factors that it shows.

    Of two or more factors that are not on x, one with few levels is shown as panels: the last of those that the study
    names no baseline for, since levels are compared most easily as lines of one panel. There are at most `MOST_LINES`
    lines: beyond that the last factors are fixed at a level.
    """
    grid, x = _with_x(grid)
    others = [factor for factor in grid.factors if factor is not x]
    named = [factor for factor in others if _has_baseline(grid, factor)]
    others = [*named, *(factor for factor in others if factor not in named)]
    small = [factor for factor in others if len(factor.levels) <= MOST_PANELS]
    panel = small[-1] if small and len(others) > 1 else None
    return grid, _layout(grid, x, [factor for factor in others if factor is not panel], panel)


def _layout(grid: Grid, x: Factor | None, lines: list[Factor], panel: Factor | None) -> Layout:
    while len(lines) > 1 and prod(len(factor.levels) for factor in lines) > MOST_LINES:
        lines = lines[:-1]
    shown = [factor for factor in [x, *lines, panel] if factor]
    return Layout(x, lines, fixed_levels(grid, shown), panel)


def fixed_levels(grid: Grid, shown: Sequence[Factor]) -> Levels:
    """The level at which each factor that is not shown is fixed."""
    return {factor.key: _fixed_level(grid, factor) for factor in grid.factors if factor not in shown}


def _fixed_level(grid: Grid, factor: Factor) -> Value:
    """The study's baseline; without one the middle of a numeric factor, the first of another."""
    middle = factor.numeric and not _has_baseline(grid, factor)
    return factor.levels[len(factor.levels) // 2] if middle else factor.baseline


def _has_baseline(grid: Grid, factor: Factor) -> bool:
    return bool(grid.study.baseline.keys() & factor.key.split("+"))


def at_levels(grid: Grid, levels: Mapping[str, Value]) -> str:
    """“at batch_size 128, init default”, empty for no levels."""
    named = [factor.at(levels[factor.key]) for factor in grid.factors if factor.key in levels]
    return f"at {', '.join(named)}" if named else ""


def _with_x(grid: Grid) -> tuple[Grid, Factor | None]:
    """The factor on x; if none is numeric, the number within a merged factor, which is then taken apart."""
    x = x_factor(grid.factors)
    if x and not x.numeric:
        for merged in grid.factors:
            if nested := _nested(grid, merged):
                return _apart(grid, merged, nested), nested
    return grid, x


def _nested(grid: Grid, merged: Factor) -> Factor | None:
    """The only numeric axis within a merged factor that has no other axis beside the kind."""
    if len(keys := merged.key.split("+")) != 2:
        return None
    nested = next(axis for axis in axes(grid.study) if axis.key == keys[1])
    return nested if nested.numeric and len(nested.levels) > 1 else None


def _apart(grid: Grid, merged: Factor, nested: Factor) -> Grid:
    """The grid with the two axes of a merged factor as factors; the number is NaN in cells that do not have it."""
    kind = next(axis for axis in axes(grid.study) if axis.key == merged.key.split("+")[0])
    factors = [part for factor in grid.factors for part in ([kind, nested] if factor is merged else [factor])]

    def with_parts(table: DataFrame) -> DataFrame:
        parts = [merged.parts[level] for level in table[merged.key]]
        columns = {
            kind.key: [part[kind.key] for part in parts],
            nested.key: [part.get(nested.key, nan) for part in parts],
        }
        return table.assign(**columns)

    return replace(grid, factors=factors, runs=with_parts(grid.runs), cells=with_parts(grid.cells))
