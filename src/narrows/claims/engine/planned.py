"""The primary contrast of a claim: fixed before its studies are run, and what they found."""

from dataclasses import dataclass
from math import isnan
from typing import Literal, NamedTuple

from narrows.config.quantities.quantity import Quantity
from narrows.report.numbers import decimals, minus, p_value, singular
from narrows.stats.contrast import Comparing, Contrast, Scores, contrast, detectable
from narrows.stats.inference import ALPHA, FEWEST

LARGE = 1.0  # a level that is more than twice the baseline is printed as a multiple of it

Word = Literal["better", "shown", "reversed", "differs", "equal", "not decided", "not testable", "open"]


@dataclass(frozen=True)
class Planned:
    """The comparison that decides a claim: `level` against `baseline` in one quantity under one condition.

    `at` names the condition, such as “at bottleneck 8”. Both are equal if they differ by less than the margin of the
    quantity. `claimed` is the direction of the claim, that of improvement unless it is given.
    """

    quantity: Quantity
    level: str
    baseline: str
    at: str
    claimed: Literal["lower", "higher", ""] = ""

    @property
    def direction(self) -> str:
        return self.claimed or self.quantity.better

    @property
    def comparing(self) -> Comparing:
        """Welch's t test; on logarithms for errors. Seeds of different methods share nothing but a number."""
        logarithms, margin = self.quantity.scale == "log", self.quantity.margin
        return Comparing(logarithms, False, margin if logarithms else margin / self.quantity.factor)

    @property
    def text(self) -> str:
        """“test MSE of conv against PCA at bottleneck 8 (claimed: lower; equal: within ±5 %)”."""
        return (
            f"{self.quantity.label} of {self.level} against {self.baseline} {self.at} "
            f"(claimed: {self.direction}; equal: within ±{self.sized(self.comparing.margin)})"
        )

    def compare(self, level: Scores, baseline: Scores) -> "Compared":
        """Compare recorded scores (seeds,); NaN marks a missing run."""
        return Compared(self, contrast(level, baseline, self.comparing))

    def ratio(self, result: Contrast) -> str:
        """“6.6 times [6.0, 7.4]”: a ratio of two or more is hard to read as a percentage."""
        times = 1 + result.difference
        ends = f" [{1 + result.low:#.2g}, {1 + result.high:#.2g}]" if result.high > result.low else ""
        return f"{times:#.2g} times{ends}"

    def sized(self, difference: float, places: int | None = None, sign: str = "") -> str:
        """A difference in per cent of the baseline, or in the printed unit: “5 %”, “0.4 dB”."""
        if self.comparing.logarithms:
            return minus(f"{100 * difference:{sign}.{0 if places is None else places}f} %")
        number = difference * self.quantity.factor
        text = f"{number:{sign}g}" if places is None else f"{number:{sign}.{places}f}"
        unit = points(self.quantity)
        return minus(f"{text} {singular(unit) if text == '1' else unit}".strip())


def points(quantity: Quantity) -> str:
    """The unit of a difference: “points” between percentages."""
    return "points" if quantity.unit == "%" else quantity.unit


class Compared(NamedTuple):
    """A planned contrast with its result."""

    planned: Planned
    result: Contrast

    @property
    def n(self) -> int:
        return min(self.result.n, self.result.n_baseline)

    @property
    def subject(self) -> str:
        """“test MSE of conv against PCA at bottleneck 8”."""
        return (
            f"{self.planned.quantity.label} of {self.planned.level} against {self.planned.baseline} {self.planned.at}"
        )

    @property
    def word(self) -> Word:
        """By one test; `open` for fewer than three seeds. Scores without any spread differ exactly or not at all."""
        result = self.result
        if self.n < FEWEST:
            return "open"
        if result.p < ALPHA or (isnan(result.p) and result.difference):
            claimed: Word = "shown" if self.planned.claimed else "better"
            return claimed if (result.difference < 0) == (self.planned.direction == "lower") else "reversed"
        return "equal" if result.p_equal < ALPHA or isnan(result.p) else "not decided"

    @property
    def text(self) -> str:
        """“−22 % [−25, −19], p < 0.0001, n = 10”."""
        tested = "" if isnan(self.result.p) else f", p {equals(p_value(self.result.p))}"
        return f"{self.size}{tested}, n = {self.n}"

    @property
    def size(self) -> str:
        """“−22 % [−25, −19]”, the difference with its interval."""
        result, ends = self.result, ""
        if self.planned.comparing.logarithms and result.difference > LARGE:
            return self.planned.ratio(result)
        half = (result.high - result.low) / 2
        scale = 100 if self.planned.comparing.logarithms else self.planned.quantity.factor
        most = 1 if scale == 100 else self.planned.quantity.decimals
        places = most if isnan(half) else decimals(half * scale, most)
        if half > 0:
            ends = minus(f" [{result.low * scale:+.{places}f}, {result.high * scale:+.{places}f}]")
        return f"{self.planned.sized(result.difference, places, '+')}{ends}"

    @property
    def negligible(self) -> bool:
        """Whether the difference is shown to be within the margin, even if it is also shown not to be 0."""
        return self.result.p_equal < ALPHA

    @property
    def could_show(self) -> str:
        """The difference that would have been shown with a power of 80 %."""
        return self.planned.sized(self.planned.comparing.shown(detectable(self.result.error, self.result.df, 1)), 1)

    @property
    def margin(self) -> str:
        return self.planned.sized(self.planned.comparing.margin)


def equals(p: str) -> str:
    """“= 0.012” or “< 0.0001”."""
    return p if p.startswith("<") else f"= {p}"
