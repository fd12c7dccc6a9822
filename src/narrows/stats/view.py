"""How a grid of any number of factors is laid out on paper: what runs along x, what is a line, what is held."""

from dataclasses import dataclass
from itertools import product

from narrows.stats.factors import BOTTLENECK, Factor, Value, text
from narrows.stats.grid import Grid

MOST_LINES = 12


@dataclass(frozen=True)
class View:
    """`x` is None for a study of seeds only. `held` maps the key of each factor that is not drawn to its level."""

    x: Factor | None
    lines: list[Factor]
    held: dict[str, Value]

    @property
    def combinations(self) -> list[dict[str, Value]]:
        """The levels of each line."""
        keys = [factor.key for factor in self.lines]
        return [dict(zip(keys, levels, strict=True)) for levels in product(*(f.levels for f in self.lines))]

    def label(self, levels: dict[str, Value]) -> str:
        """A line in the legend; the legend's title names a lone factor."""
        if not self.lines:
            return "autoencoder"
        if len(self.lines) == 1:
            return text(levels[self.lines[0].key])
        return ", ".join(factor.at(levels[factor.key]) for factor in self.lines)


def across(factors: list[Factor]) -> Factor | None:
    """The factor on x: the bottleneck, else the first with more than two numbers, else the first."""
    wanted = [factor for factor in factors if factor.key == BOTTLENECK]
    wanted += [factor for factor in factors if factor.numeric and len(factor.levels) > 2]
    return next(iter(wanted + factors), None)


def shown(grid: Grid, factor: Factor) -> Value:
    """The level a factor is held at where it is not drawn: the study's baseline, else the middle or the first."""
    middle = factor.numeric and factor.key not in grid.study.baseline
    return factor.levels[len(factor.levels) // 2] if middle else factor.baseline


def held(grid: Grid, drawn: list[Factor]) -> dict[str, Value]:
    return {factor.key: shown(grid, factor) for factor in grid.factors if factor not in drawn}


def view(grid: Grid) -> View:
    """The whole grid in one picture where its lines are few enough; else the last factors are held."""
    x = across(grid.factors)
    lines = [factor for factor in grid.factors if factor is not x]
    while len(lines) > 1 and _count(lines) > MOST_LINES:
        lines.pop()
    return View(x, lines, held(grid, [factor for factor in [x, *lines] if factor]))


def _count(lines: list[Factor]) -> int:
    count = 1
    for factor in lines:
        count *= len(factor.levels)
    return count


def sentence(grid: Grid, levels: dict[str, Value]) -> str:
    """“at batch_size 128, init default”, empty for no levels."""
    named = [factor.at(levels[factor.key]) for factor in grid.factors if factor.key in levels]
    return f"at {', '.join(named)}" if named else ""
