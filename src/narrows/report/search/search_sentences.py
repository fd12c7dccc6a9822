"""What a search found, in sentences: its best configuration, the command that trains it, and what to know besides."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from pandas import Series

from narrows.config.quantities import Quantity
from narrows.config.study_section import as_text
from narrows.report.numbers import decimals, minus
from narrows.stats.factors import Factor, Value
from narrows.stats.trials import Trials

DIGITS = 3  # significant ones of a level that was drawn from an interval


def sentences(trials: Trials) -> list[str]:
    """The best trial with its levels and errors, and the command that trains it again; why there is none."""
    if trials.table.empty:
        return [f"There is no answer yet: none of the {len(trials.grid.runs)} trials finished."]
    grid, best = trials.grid, trials.best
    levels = several([at(factor, best[factor.key]) for factor in grid.factors])
    place = f" with {levels}" if levels else ""
    told = [f"{row.label} {value(row, best)}" for row in grid.quantities]
    first = f"The best of {_count(trials)}{place} has a {told[0]}{_unused(trials, told[1:])}."
    return [first, f"Train it again: {command(trials)}"]


def caveats(trials: Trials) -> list[str]:
    """What did not finish, earlier trials of the same search, and what the value of the best trial does not tell."""
    return list(_caveats(trials))


def command(trials: Trials) -> str:
    """The command that trains the best configuration in a run of its own."""
    levels = trials.grid.study.runs[str(trials.best["run"])]
    overrides = [f"{key}={as_text(level)}" for key, level in levels.items()]
    return shlex.join(["narrows", "train", *trials.search.typed, *overrides])


def at(factor: Factor, level: Value) -> str:
    """“bottleneck 8”, with few digits of a level from an interval."""
    return factor.at(short(factor, level))


def short(factor: Factor, level: Value) -> Value:
    """The level as it is printed: whole numbers and texts as they are, others with few digits."""
    return level if isinstance(level, str) or float(level).is_integer() else float(f"{level:.{DIGITS}g}")


def value(quantity: Quantity, row: "Series[Any]") -> str:
    """“21.3 × 10⁻³”, or – for a run that did not record it."""
    recorded = row.get(quantity.name)
    if recorded is None or recorded != recorded:
        return "–"
    text = number(quantity, float(recorded))
    return f"{text} × {quantity.unit}" if quantity.unit.startswith("10") else f"{text} {quantity.unit}".rstrip()


def number(quantity: Quantity, recorded: float) -> str:
    """The recorded number in the unit in which it is printed, to a hundredth of itself or better."""
    printed = recorded * quantity.factor
    return minus(f"{printed:.{decimals(abs(printed) / 100, quantity.decimals)}f}")


def several(texts: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def _count(trials: Trials) -> str:
    finished = len(trials.table)
    return "1 finished trial" if finished == 1 else f"{finished} finished trials"


def _unused(trials: Trials, others: Sequence[str]) -> str:
    if not others:
        return ""
    return f", and a {several(others)}; test images were scored once, at its end, and had no part in the choice"


def _caveats(trials: Trials) -> Iterator[str]:
    counts = trials.grid.runs["status"].value_counts()
    for status, count in counts.items():
        if status != "done":
            yield f"{count} of {len(trials.grid.runs)} trials {_what_happened(str(status))}; they are listed below."
    if len(trials.grid.runs) < trials.search.trials:
        yield f"The search ended after {len(trials.grid.runs)} of {trials.search.trials} trials."
    if trials.search.earlier:
        yield _earlier(trials)
    if len(trials.table) > 1:
        yield (
            f"The {trials.grid.main.label} of the best of many trials is lower than that of another run of the same "
            "configuration would be, since it was chosen for it; each trial has one seed. Train the best few with "
            "several seeds to compare them."
        )


def _what_happened(status: str) -> str:
    return {"failed": "failed", "interrupted": "were interrupted", "refused": "were refused"}.get(status, "did not end")


def _earlier(trials: Trials) -> str:
    search, main = trials.search, trials.grid.main
    best = search.earlier_best
    told = f", the best with {main.label} {number(main, best)} ({main.unit})" if best is not None else ""
    return f"The search continues one with {search.earlier} trials in other folders{told}; they are not shown here."
