"""The threshold of anomaly scores at a stated rate of false alarms, and how well the rate is known."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from narrows.errors import UserError
from narrows.own.raw import Array

MOST = 0.5  # the highest rate of false alarms that is accepted


def threshold_at(scores: Array, rate: float) -> float:
    """The score that a share `rate` of `scores` (N,) exceeds: their quantile at 1 − rate, interpolated linearly."""
    return float(np.quantile(scores, 1 - rate))


def refuse_rate(name: str, rate: float) -> None:
    """Raise UserError, which calls the rate `name`, unless it is above 0 and at most one half."""
    if not 0 < rate <= MOST:
        raise UserError(f"{name}={rate}: must be above 0 and at most {MOST}")


@dataclass(frozen=True)
class Alarms:
    """How many of `count` normal rows lie above a threshold."""

    above: int
    count: int

    @property
    def rate(self) -> float:
        return self.above / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """The exact binomial 95 % interval of the rate (Clopper & Pearson 1934).

        It also holds for the rows that the threshold is a quantile of. Between their k-th and (k+1)-th largest score
        the rate among new rows lies between those at the two, distributed as Beta(k, n − k + 1) and Beta(k + 1, n − k):
        the distributions that give the ends of this interval.
        """
        found = binomtest(self.above, self.count).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    def __str__(self) -> str:
        """“3 of 200 (1.5 %, 95 % interval 0.3 to 4.3 %)”."""
        low, high = (100 * end for end in self.interval)
        return f"{self.above} of {self.count} ({100 * self.rate:.2g} %, 95 % interval {low:.2g} to {high:.2g} %)"


def alarms(scores: Array, threshold: float) -> Alarms:
    """How many of the scores (N,) of normal rows lie above the threshold."""
    return Alarms(int((scores > threshold).sum()), len(scores))
