"""The sentence about the narrowest code, or the smallest of another count, that is as good as the best one."""

from itertools import product

from narrows.report.sentences import phrases
from narrows.stats.factors import BOTTLENECK, Factor, Value, text, x_factor
from narrows.stats.grid import Grid
from narrows.stats.inference import FEWEST
from narrows.stats.narrowest import Narrowest, narrowest

MOST_NAMED = 4  # combinations of the other factors that are told one by one


def width_factor(grid: Grid) -> Factor | None:
    """The count on x that one would keep small: the bottleneck, else one of whole numbers, such as epochs."""
    x = x_factor(grid.factors)
    if x is None or not x.numeric or not grid.main.better:
        return None
    return x if x.key == BOTTLENECK or all(number == int(number) for number in x.numbers) else None


def narrowest_code(grid: Grid) -> str:
    """One sentence; empty if there is no such factor or nothing finished at more than one of its levels."""
    width = width_factor(grid)
    if width is None or len(grid.cells.dropna(subset=[grid.mean])[width.key].unique()) < 2:
        return ""
    answers = [answer for at in _combinations(grid, width) if (answer := narrowest(grid, width, at))]
    if len(answers) == 1:
        return _one(grid, width, answers[0])
    if any(answer.not_worse is None for answer in answers):
        return _by_rule(grid, width, answers)
    return (
        f"The {_narrowest(width)} not shown to be worse than the best one{_margin(grid)} is "
        f"{_each(grid, width, answers, [answer.not_worse for answer in answers])}."
    )


def _combinations(grid: Grid, width: Factor) -> list[dict[str, Value]]:
    others = [factor for factor in grid.factors if factor is not width]
    levels = product(*(factor.levels for factor in others))
    return [dict(zip([factor.key for factor in others], combination, strict=True)) for combination in levels]


def _one(grid: Grid, width: Factor, answer: Narrowest) -> str:
    best = f"the best one ({text(answer.best)})"
    if answer.best == width.levels[0]:
        return f"The {_narrowest(width)} tried, {_number(width, answer.best)}, is the best one."
    if answer.not_worse is None:
        return _by_rule(grid, width, [answer])
    if answer.not_worse == answer.best:
        return (
            f"{_none(width)} than the best one, {_number(width, answer.best)}, will do: the next one is shown to be "
            f"worse{_margin(grid)}."
        )
    equal = (
        f"; shown to be equal within {phrases.margin(grid)}: {text(answer.equal)}" if answer.equal is not None else ""
    )
    return (
        f"The {_narrowest(width)} not shown to be worse than {best}{_margin(grid)} is "
        f"{_number(width, answer.not_worse)}{equal}; the one-standard-error rule takes {text(answer.one_error)}."
    )


def _by_rule(grid: Grid, width: Factor, answers: list[Narrowest]) -> str:
    """What can be told with too few seeds for tests."""
    if max(answer.n for answer in answers) < 2:
        best = _each(grid, width, answers, [answer.best for answer in answers])
        return f"One seed cannot tell whether {_smaller(width)} than the best one ({best}) would do."
    chosen = _each(grid, width, answers, [answer.one_error for answer in answers])
    return f"By the one-standard-error rule the {_narrowest(width)} is {chosen}; tests need {FEWEST} seeds that differ."


def _each(grid: Grid, width: Factor, answers: list[Narrowest], levels: list[Value | None]) -> str:
    """“32 numbers for activation relu and 64 for gelu”, for many combinations “16 to 64 numbers”."""
    known = [(answer.at, level) for answer, level in zip(answers, levels, strict=True) if level is not None]
    numbers = sorted({float(level) for _, level in known})
    if len(numbers) == 1:
        return _number(width, numbers[0])
    if len(known) > MOST_NAMED:
        others = phrases.several([factor.name for factor in grid.factors if factor is not width])
        return f"{text(numbers[0])} to {_number(width, numbers[-1])}, depending on {others}"
    return phrases.several([f"{_number(width, level)} for {_at(grid, at)}" for at, level in known])


def _at(grid: Grid, at: dict[str, Value]) -> str:
    return ", ".join(phrases.named(factor, at[factor.key]) for factor in grid.factors if factor.key in at)


def _narrowest(width: Factor) -> str:
    if width.key == BOTTLENECK:
        return "narrowest code"
    return f"smallest number of {width.name}" if width.counts else f"smallest {width.name}"


def _none(width: Factor) -> str:
    if width.key == BOTTLENECK:
        return "No narrower code"
    return f"No smaller number of {width.name}" if width.counts else f"No smaller {width.name}"


def _smaller(width: Factor) -> str:
    return f"fewer {width.name}" if width.counts else f"a smaller {width.name}"


def _number(width: Factor, level: Value) -> str:
    """“32 numbers” for a code, or “32 latents” if the study calls them so."""
    if width.counts:
        return width.at(level)
    noun = "number" if level == 1 else "numbers"
    return f"{text(level)} {noun}" if width.key == BOTTLENECK else text(level)


def _margin(grid: Grid) -> str:
    return f" by more than {phrases.margin(grid)}" if phrases.margin(grid) else ""
