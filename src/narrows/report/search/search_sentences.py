"""What a search found, in sentences: its best configuration, the command that trains it, and what to know besides."""

import shlex
from collections.abc import Iterator
from typing import Any

from pandas import Series

from narrows.config.quantities import Quantity
from narrows.config.study_section import as_text
from narrows.report.numbers import decimals, minus
from narrows.report.sentences.phrases import count, several, with_unit
from narrows.stats.factors import Factor, Value
from narrows.stats.trials import Trials

DIGITS = 3  # significant ones of a level that was drawn from an interval


def sentences(trials: Trials) -> list[str]:
    """The best trial with its levels and errors, and the command that trains it again; why there is none."""
    if trials.table.empty:
        return [f"There is no answer yet: none of the {count(len(trials.grid.runs), 'trial')} finished."]
    return [_best(trials), f"Train it again: {command(trials)}"]


def caveats(trials: Trials) -> list[str]:
    """What did not finish, earlier trials of the same search, and what the value of the best trial does not tell."""
    return list(_caveats(trials))


def methods(trials: Trials) -> str:
    """A paragraph for a paper about how the best configuration was found; empty if no trial finished."""
    if trials.table.empty:
        return ""
    ranges = several([f"{key} from {text}" for key, text in trials.search.space.items()])
    test = "The test images had no part in the search; they were scored once for each trial, when it had ended."
    return (
        f"{count(trials.finished, 'configuration')} with {ranges or 'one value of each key'} were trained with one "
        f"seed each, and that with the {'highest' if trials.maximised else 'lowest'} {trials.grid.main.label} was "
        f"chosen. {test}"
    )


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
    return quantified(quantity, float(recorded))


def quantified(quantity: Quantity, recorded: float) -> str:
    """The recorded number with its unit: “21.3 × 10⁻³”."""
    return with_unit(number(quantity, recorded), quantity.unit)


def number(quantity: Quantity, recorded: float) -> str:
    """The recorded number in the unit in which it is printed, to a hundredth of itself or better."""
    printed = recorded * quantity.factor
    return minus(f"{printed:.{decimals(abs(printed) / 100, quantity.decimals)}f}")


def _best(trials: Trials) -> str:
    """“The best of 12 trials has bottleneck 8: validation MSE 21.3 × 10⁻³. Its test MSE is …”."""
    best = trials.best
    main, *others = trials.grid.quantities
    levels = several([at(factor, best[factor.key]) for factor in trials.grid.factors])
    finished = "trials" if len(trials.table) == len(trials.grid.runs) else "finished trials"
    trial = f"The best of {len(trials.table)} {finished}" if len(trials.table) > 1 else "The only finished trial"
    chosen = f"{trial}{f' has {levels}' if levels else ''}: {main.label} {value(main, best)}."
    told = several([f"{row.label} is {value(row, best)}" for row in others])
    return f"{chosen} Its {told}, scored once, when the trial ended, and not used for the choice." if told else chosen


def _caveats(trials: Trials) -> Iterator[str]:
    began, lost = len(trials.grid.runs), trials.grid.runs["status"].value_counts().drop("done", errors="ignore")
    if len(lost):
        ended = several([f"{number_of} {status}" for status, number_of in lost.items()])
        yield f"{lost.sum()} of {count(began, 'trial')} did not finish: {ended}.{_first_reason(trials)}"
    if began < trials.search.trials:
        yield f"The search ended after {began} of {trials.search.trials} trials."
    if trials.search.earlier:
        yield _earlier(trials)
    if len(trials.table) > 1:
        yield (
            f"Since the best trial was chosen for its {trials.grid.main.label}, other seeds of its configuration will "
            "be worse on average; each trial has one seed. To compare the best few, train them with several seeds."
        )


def _first_reason(trials: Trials) -> str:
    """Why the first trial that did not finish did not, if a reason was recorded."""
    reasons = trials.ordered.loc[trials.ordered["status"] != "done", "error"]
    return f" The first reason: {reasons.iloc[0]}" if reasons.iloc[0] else ""


def _earlier(trials: Trials) -> str:
    search, main = trials.search, trials.grid.main
    best = search.earlier_best
    told = f"; the best of them has {main.label} {quantified(main, best)}" if best is not None else ""
    return f"The search continues one of {count(search.earlier, 'trial')}, which are in other folders{told}."
