"""One paper of the ledger: its numbers beside ours, from the runs of its study."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import floor, log10

from pandas import DataFrame

from narrows.config.published_section import Published, PublishedNumber
from narrows.config.quantities import quantity
from narrows.published.archive import RUNS
from narrows.published.measurement import Measurement, measurement
from narrows.published.order import order, sentence
from narrows.published.papers import FULL
from narrows.published.verdict import NOT_RUN, Direction, together, verdict
from narrows.report.numbers import NOTHING, minus, spread
from narrows.report.origins import run_origins
from narrows.stats.factors import value
from narrows.stats.grid import Grid

ONLY_ORDER = "order only"  # of a cut protocol


@dataclass(frozen=True)
class Paper:
    """A paper and the runs that repeat it in one size; `grid` is None before its study was run.

    `cost` is the estimated time of the study in the full size, in words, where that is not run; `pictures` are the
    names of its figures; `notes` are sentences on runs that are not compared.
    """

    name: str
    published: Published
    size: str
    grid: Grid | None
    cost: str = ""
    pictures: tuple[str, ...] = ()
    notes: Sequence[str] = ()

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the paper in the ledger's first table."""
        return [self._row(name, number) for name, number in self.published.numbers.items()]

    def _row(self, name: str, number: PublishedNumber) -> dict[str, str]:
        return {
            "paper": self.published.paper,
            "number": number.label,
            "published": self.printed(number),
            "reruns": "; ".join(f"{minus(f'{found:g}')} ({who})" for who, found in number.reruns.items()) or NOTHING,
            "here": self._here(name),
            "grade": number.grade,
            "verdict": self.verdict(name),
        }

    def printed(self, number: PublishedNumber) -> str:
        """“13.87”, “93.16 ± 0.31”: as the paper prints it, its numbers of one quantity to the same decimal places."""
        places = max(_places(other) for other in self.published.numbers.values() if other.quantity == number.quantity)
        spread = f" ± {number.spread:.{places}f}" if number.spread else ""
        return minus(f"{number.value:.{places}f}{spread}")

    def _here(self, name: str) -> str:
        texts = [_text(ours) for ours in self.measured.get(name, {}).values()]
        return " or ".join(dict.fromkeys(texts)) if texts else NOTHING

    def verdict(self, name: str) -> str:
        """The verdict on a number; where the study was not run, with the first part of its estimated cost."""
        number = self.published.numbers[name]
        measured = self.measured.get(name, {})
        if not any(ours.n for ours in measured.values()):
            return f"{NOT_RUN}: {re.split('[,;]', self.cost)[0]}" if self.cost else NOT_RUN
        if self.size != FULL:
            return ONLY_ORDER
        return together([verdict(number, _better(number), ours) for ours in measured.values()])

    @cached_property
    def measured(self) -> dict[str, dict[str, Measurement]]:
        """By number and reading of the protocol, whose name is empty if the paper leaves nothing open."""
        if self.grid is None:
            return {}
        numbers, readings = self.published.numbers, self._readings()
        return {
            name: {text: measurement(self.grid, numbers, name, levels) for text, levels in readings.items()}
            for name in numbers
        }

    def _readings(self) -> dict[str, dict[str, float | str]]:
        axis = self.published.readings
        if self.grid is None or axis is None:
            return {"": {}}
        levels = dict.fromkeys(value(run[axis]) for run in self.grid.study.runs.values() if axis in run)
        words = self.grid.study.labels
        return {words.get(str(level), str(level)): {axis: level} for level in levels}

    @property
    def order(self) -> str:
        """A sentence on the order of the numbers; empty without runs or pairs."""
        if self.grid is None:
            return ""
        numbers = self.published.numbers.values()
        return sentence({text: order(self.grid, numbers, levels) for text, levels in self._readings().items()})

    @property
    def readings(self) -> DataFrame | None:
        """A row for each number and reading with its own verdict; None if the protocol leaves nothing open."""
        if self.grid is None or self.published.readings is None:
            return None
        rows = [
            {"number": number.label, "published": self.printed(number), "reading": reading, "here": _text(ours)}
            | ({"verdict": verdict(number, _better(number), ours)} if self.size == FULL else {})
            for name, number in self.published.numbers.items()
            for reading, ours in self.measured[name].items()
        ]
        return DataFrame(rows)

    @property
    def sources(self) -> DataFrame:
        """Where each number is printed."""
        rows = [
            {"number": number.label, "quantity": self._quantity(number), "source": number.source}
            for number in self.published.numbers.values()
        ]
        return DataFrame(rows)

    def _quantity(self, number: PublishedNumber) -> str:
        row = quantity(number.quantity)
        words = f"{row.label}, {number.unit}" if number.unit else row.title
        return f"ratio of {words}" if number.over else words

    @property
    def records(self) -> str:
        """The archive of the runs' records beside the page; empty for a cut protocol and without runs."""
        return f"{RUNS}/{self.name}.jsonl" if self.grid and self.size == FULL else ""

    @property
    def origins(self) -> dict[str, str]:
        """Command, commit, hardware and seconds of the runs; empty without runs."""
        if self.grid is None or not self.grid.finished:
            return {}
        return {"command": self.grid.study.command} | run_origins([self.grid])


def _better(number: PublishedNumber) -> Direction:
    return number.better or quantity(number.quantity).better


def _places(number: PublishedNumber) -> int:
    """The decimal places of the number in the study's file, at least those of its tolerance."""
    written = f"{number.value:.10g}".partition(".")[2]
    rounding = max(0, -floor(log10(number.tolerance * 2))) if number.tolerance else 0
    return max(len(written), min(rounding, 6))


def _text(ours: Measurement) -> str:
    """“13.868 ± 0.002 (n = 10)”, “0.55 [0.52, 0.58] (n = 10)” for a ratio."""
    if ours.n == 0:
        return NOTHING
    low, high = ours.mean - ours.low, ours.high - ours.mean
    if abs(high - low) > 1e-6 * abs(high + low):
        return minus(f"{ours.mean:.3g} [{ours.low:.3g}, {ours.high:.3g}] (n = {ours.n})")
    return f"{spread(ours.mean, high)} (n = {ours.n})"
