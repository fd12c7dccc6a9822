"""The primary test of a claim that one thing changes another: do any of its levels differ?"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from narrows.claims.engine.planned import Compared, Planned, Word, equals
from narrows.report.numbers import p_value
from narrows.stats.contrast import Scores
from narrows.stats.inference import ALPHA, FEWEST
from narrows.stats.omnibus import Omnibus, omnibus


@dataclass(frozen=True)
class PlannedTest:
    """Welch's analysis of variance over all levels of a factor; `pair` says in which quantity, where and the margin."""

    factor: str
    pair: Planned

    @property
    def text(self) -> str:
        """“probe accuracy over all activations at bottleneck 16 (equal: all within ±1 point)”."""
        margin = self.pair.sized(self.pair.comparing.margin)
        return (
            f"{self.pair.quantity.label} over all levels of {self.factor} {self.pair.at} (equal: all within ±{margin})"
        )

    def test(self, scores: Mapping[str, Scores]) -> "Differing":
        """Test recorded scores (seeds,) by level; NaN marks a missing run."""
        return Differing(self, omnibus(scores, self.pair.comparing))


class Differing(NamedTuple):
    """A planned test with its result."""

    planned: PlannedTest
    result: Omnibus

    @property
    def n(self) -> int:
        return self.result.n

    @property
    def subject(self) -> str:
        pair = self.planned.pair
        return f"{pair.quantity.label} over {self.result.levels} levels of {self.planned.factor} {pair.at}"

    @property
    def word(self) -> Word:
        """differs, equal or not decided; `open` for too few seeds and for levels without spread."""
        if self.n < FEWEST or isnan(self.result.p):
            return "open"
        if self.result.p < ALPHA:
            return "differs"
        return "equal" if self.result.p_equal < ALPHA else "not decided"

    @property
    def text(self) -> str:
        """“leaky_relu against sigmoid +20.5 points [18.1, 22.9], p < 0.0001 for all, n = 10”."""
        result = self.result
        tested = "" if isnan(result.p) else f"; all levels: F = {result.statistic:,.1f}, p {equals(p_value(result.p))}"
        return f"{self.size}, n = {self.n}{tested}"

    @property
    def size(self) -> str:
        """“leaky_relu against sigmoid +20.5 points [18.1, 22.9]”."""
        return f"{self.result.highest} against {self.result.lowest} {self._extremes.size}"

    @property
    def _extremes(self) -> Compared:
        """The highest level against the lowest one, whose p says nothing: both were selected."""
        return Compared(self.planned.pair, self.result.extremes._replace(p=float("nan")))

    @property
    def negligible(self) -> bool:
        """Whether all levels are shown to be within the margin, even if they are also shown to differ."""
        return self.result.p_equal < ALPHA

    @property
    def could_show(self) -> str:
        """For one pair of levels."""
        return self._extremes.could_show

    @property
    def margin(self) -> str:
        return self._extremes.margin
