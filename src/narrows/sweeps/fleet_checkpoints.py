"""Writes the checkpoints of a fleet while it trains."""

from collections.abc import Sequence
from time import perf_counter

from narrows.fleet.fleet import Fleet
from narrows.sweeps.member_run import MemberRun

SAVING_SHARE = 0.02  # of the time at most is spent on checkpoints: a kill loses 50 times the time that one takes
ASSUMED = 0.015  # seconds for the first checkpoints of one run, before any is timed: 256 runs wait three minutes


class Checkpoints:
    """Writes the checkpoints of a fleet as often as `SAVING_SHARE` allows, given how long the last ones took."""

    def __init__(self, runs: int) -> None:
        self.saved_at, self.seconds = perf_counter(), runs * ASSUMED

    def save_if_due(self, fleet: Fleet, runs: Sequence[MemberRun]) -> None:
        began = perf_counter()
        if runs and began - self.saved_at > self.seconds / SAVING_SHARE:
            fleet.settle()
            for run in runs:
                run.save_meanwhile()
            self.saved_at, self.seconds = perf_counter(), perf_counter() - began
