"""The trials of a search in their order: values, the best so far, ranks, and the importance of each searched key."""

import logging
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from narrows.errors import UserError
from narrows.runs.study import Search
from narrows.stats.factors import Factor
from narrows.stats.grid import Grid

FEWEST = 10  # finished trials from which importance is estimated
RECORD = "record"  # the column of `table` that marks a trial better than all before it


@dataclass(frozen=True)
class Trials:
    """The finished trials of a search.

    `table` has a row for each, in the order of their numbers: the columns of `Grid.runs`, `number`, the `value` of the
    main quantity as printed, the `best` value so far, and `record`, true where that is a new one.
    """

    grid: Grid
    search: Search
    table: DataFrame

    @property
    def ordered(self) -> DataFrame:
        """All trials in the order in which they began, with the columns of `Grid.runs`."""
        order = {run: place for place, run in enumerate(sorted(self.grid.study.runs, key=_by_number))}
        return self.grid.runs.sort_values("run", key=lambda runs: runs.map(order))

    @property
    def finished(self) -> int:
        """The number of trials that are done."""
        return len(self.table)

    @property
    def intervals(self) -> set[str]:
        """The searched keys whose levels were drawn from an interval."""
        return {key for key, text in self.search.space.items() if "interval(" in text}

    @property
    def planned(self) -> int:
        """The number of trials that were asked for, at least those that began."""
        return max(self.search.trials, len(self.grid.runs))

    @property
    def ranked(self) -> DataFrame:
        """The trials from the best to the worst; of equal values the earlier one is the better."""
        return self.table.sort_values("value", ascending=not self.maximised, kind="stable").reset_index(drop=True)

    @property
    def maximised(self) -> bool:
        return self.search.direction == "maximize"

    @property
    def best(self) -> "Series[Any]":
        """The row of the best trial. Raises IndexError if none finished."""
        return self.ranked.iloc[0]


def trials_of(grid: Grid) -> Trials:
    """The trials of the search whose plan and records are in `grid`."""
    assert grid.study.search is not None
    order = {run: number for number, run in enumerate(sorted(grid.study.runs, key=_by_number))}
    done = grid.runs[grid.runs["status"] == "done"]
    done = done.assign(number=done["run"].map(order), value=done[grid.main.name] * grid.main.factor)
    done = done.sort_values("number").reset_index(drop=True)
    best = done["value"].cummax() if grid.study.search.direction == "maximize" else done["value"].cummin()
    return Trials(grid, grid.study.search, done.assign(best=best, record=best != best.shift()))


def importances(trials: Trials) -> dict[str, float]:
    """The share of each searched key that varies, largest first: the mean decrease in impurity of a random forest.

    The forest predicts the value, or its logarithm where errors are compared as ratios (Optuna's
    MeanDecreaseImpurityImportanceEvaluator). Raises UserError if that is not possible.
    """
    factors, table = trials.grid.factors, trials.table
    if not factors:
        raise UserError("only one value of each key was tried")
    if len(table) < FEWEST:
        raise UserError(f"it needs {FEWEST} finished trials, there are {len(table)}")
    values = table["value"].to_numpy(dtype=float)
    values = np.log(values) if trials.grid.main.scale == "log" and (values > 0).all() else values
    if np.ptp(values) == 0:
        raise UserError("all trials have the same value")
    return _evaluated({factor.key: (factor, table[factor.key]) for factor in factors}, values)


def _evaluated(columns: dict[str, tuple[Factor, "Series[Any]"]], values: np.ndarray) -> dict[str, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is experimental in Optuna 2, and of its SQLAlchemy
        try:
            import optuna
            from optuna.importance import MeanDecreaseImpurityImportanceEvaluator
        except ImportError:
            raise UserError("it needs Optuna: pip install 'narrows[optuna]'") from None
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(logging.WARNING)
        study = optuna.create_study()
        optuna.logging.set_verbosity(verbosity)
        study.add_trials(_rebuilt(columns, values))
        evaluator = MeanDecreaseImpurityImportanceEvaluator(seed=0)
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {key: float(share) for key, share in shares.items()}


def _rebuilt(columns: dict[str, tuple[Factor, "Series[Any]"]], values: np.ndarray) -> list[Any]:
    """Optuna's trials with these levels and values."""
    from optuna.trial import create_trial

    distributions = {key: _distribution(factor) for key, (factor, _) in columns.items()}
    encoded = {key: _encoded(factor, levels) for key, (factor, levels) in columns.items()}
    return [
        create_trial(
            params={key: levels[row] for key, levels in encoded.items()},
            distributions=distributions,
            value=float(value),
        )
        for row, value in enumerate(values)
    ]


def _distribution(factor: Factor) -> Any:  # noqa: ANN401 - Optuna has no types
    from optuna.distributions import CategoricalDistribution, UniformDistribution

    if not factor.numeric:
        return CategoricalDistribution(factor.levels)
    numbers = np.log(factor.numbers) if factor.logarithmic else factor.numbers
    return UniformDistribution(float(min(numbers)), float(max(numbers)))


def _encoded(factor: Factor, levels: "Series[Any]") -> list[Any]:
    """The levels in the space of `_distribution`: logarithms of numbers whose axis is logarithmic."""
    if not factor.numeric:
        return list(levels)
    numbers = levels.to_numpy(dtype=float)
    return list(map(float, np.log(numbers) if factor.logarithmic else numbers))


def _by_number(run: str) -> tuple[int, str]:
    """Trials are folders 0, 1, 2, …; other names stand behind them."""
    return (int(run), "") if run.isdecimal() else (10**9, run)
