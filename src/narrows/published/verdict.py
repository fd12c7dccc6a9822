"""The rule that compares a published number with ours. No verdict is written by hand."""

from collections.abc import Collection
from math import isnan
from typing import Literal

from narrows.config.published_section import PublishedNumber
from narrows.published.measurement import Measurement
from narrows.stats.inference import FEWEST

Direction = Literal["lower", "higher", ""]

REPRODUCED = "reproduced"
BETTER = "better"
WORSE = "worse"
DIFFERENT = "different"
UNDERSPECIFIED = "underspecified"
TOO_FEW = "too few seeds"
NOT_RUN = "not run here"

RULE = (
    "A number is reproduced if it lies in our 95 % interval (Student t over seeds), widened by its own spread: by the "
    "printed one, or, where none is printed, to the interval in which the mean of as many runs as the paper's is "
    "expected, given the spread of ours; and by its tolerance (rounding, reading off a figure). Else ours is better or "
    "worse. Where the paper leaves a choice open and its readings lead to different verdicts, it is underspecified, "
    f"and the readings stand in the paper's section. With fewer than {FEWEST} seeds nothing is compared. The mean of "
    "as many other seeds is expected within √2 times our interval: both means vary."
)


def verdict(number: PublishedNumber, better: Direction, ours: Measurement) -> str:
    """The verdict on one published number, `better` being the direction in which its quantity improves."""
    if ours.n == 0:
        return NOT_RUN
    if ours.n < FEWEST or isnan(ours.low):
        return TOO_FEW
    low, high = (ours.low, ours.high) if number.spread else ours.wider(number.runs)
    if low - number.width <= number.value <= high + number.width:
        return REPRODUCED
    if not better:
        return DIFFERENT
    return BETTER if (ours.mean < number.value) == (better == "lower") else WORSE


def together(verdicts: Collection[str]) -> str:
    """The verdict on a number from those on the readings of its protocol."""
    compared = {verdict for verdict in verdicts if verdict not in (NOT_RUN, TOO_FEW)}
    if len(compared) > 1:
        return UNDERSPECIFIED
    return next(iter(compared or verdicts))
