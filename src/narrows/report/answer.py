"""The answer to a study's question: two sentences that a reader would quote, and the caveats that belong to them."""

from typing import NamedTuple

from pandas import DataFrame

from narrows.report.sentences import phrases
from narrows.report.sentences.best_cell import best, ends
from narrows.report.sentences.caveats import caveats, incomplete
from narrows.report.sentences.effect import effect, is_trend
from narrows.report.sentences.narrowest_code import narrowest_code
from narrows.stats.grid import Grid


class Answer(NamedTuple):
    """One or two sentences, and what must be known besides."""

    sentences: list[str]
    caveats: list[str]


def answer(grid: Grid, comparisons: DataFrame) -> Answer:
    """The answer from the numbers; `comparisons` as `stats.comparisons` returns them."""
    if not grid.cells["n"].any():
        runs = phrases.count(len(grid.runs), "planned run")
        return Answer([f"There is no answer yet: none of the {runs} finished."], [incomplete(grid)])
    shown = effect(grid, comparisons)
    if is_trend(grid):
        first, second = ends(grid), narrowest_code(grid) or shown
    else:
        first, second = shown or best(grid) or ends(grid), narrowest_code(grid) or best(grid)
    return Answer(list(dict.fromkeys(filter(None, [first, second]))), caveats(grid, comparisons))
