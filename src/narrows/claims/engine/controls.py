"""Controls: cases whose result is known before the studies are run."""

from math import isnan

import numpy as np

from narrows.claims.engine.evidence import Control
from narrows.claims.engine.planned import Compared, Planned
from narrows.stats.contrast import Scores

CHANCE = 0.01  # p below which two halves of the same runs count as different: one control in a hundred fails by chance


def expect_better(name: str, compared: Compared) -> Control:
    """A positive control: the difference must be shown in its direction."""
    return Control(name, "better", compared.text, compared.word == "better")


def expect_reversed(name: str, compared: Compared) -> Control:
    """A negative control: a method that cannot be good must be shown to be worse."""
    return Control(name, "worse", compared.text, compared.word == "reversed")


def expect_equal(name: str, compared: Compared) -> Control:
    """The difference must be smaller than the margin, whether it is shown or not."""
    difference = compared.planned.comparing.unscaled(compared.result.difference)
    passed = abs(difference) < compared.planned.comparing.limit
    return Control(name, f"within ±{compared.margin}", compared.text, passed)


def expect_halves_equal(scores: Scores, planned: Planned) -> Control:
    """A negative control for the test itself: even against odd seeds of the planned level, one method."""
    present = scores[~np.isnan(scores)]
    compared = planned.compare(present[::2], present[1::2])
    p = compared.result.p
    name = f"even against odd seeds of {planned.level}"
    return Control(name, f"no difference (p ≥ {CHANCE:g})", compared.text, isnan(p) or p >= CHANCE)
