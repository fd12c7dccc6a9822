"""The trials of a search: their order, the best so far, ranks, and the importance of keys whose effects are known."""

import sys

import pytest

from narrows.errors import UserError
from narrows.runs import record, study
from narrows.stats import grid
from narrows.stats.trials import importances, trials_of
from support.made_up_search import ACTIVATION, BOTTLENECK, best, error, make, trial


def test_trials_stand_in_the_order_in_which_they_began(tmp_path):
    table = trials_of(grid.read(make(tmp_path / "mine", 12))).table
    assert list(table["run"]) == [str(number) for number in range(12)]
    values = [1000 * error(trial(number)) for number in range(12)]
    assert list(table["value"]) == pytest.approx(values)
    assert list(table["best"]) == pytest.approx([min(values[: i + 1]) for i in range(12)])
    assert list(table["record"]) == [value < min(values[:i], default=9e9) for i, value in enumerate(values)]


def test_trials_that_did_not_finish_have_a_number_and_no_value(tmp_path):
    lost = {best(12): "failed", 3: "interrupted", 4: "missing"}
    trials = trials_of(grid.read(make(tmp_path / "mine", 12, lost)))
    assert list(trials.table["number"]) == [number for number in range(12) if number not in lost]
    assert trials.best["run"] == str(best(12, tuple(lost)))


def test_ranks_go_from_the_best_to_the_worst_in_the_direction_of_the_search(tmp_path):
    lowest = trials_of(grid.read(make(tmp_path / "lowest", 12)))
    highest = trials_of(grid.read(make(tmp_path / "highest", 12, direction="maximize")))
    order = sorted(range(12), key=lambda number: error(trial(number)))
    assert list(lowest.ranked["number"]) == order
    assert list(highest.ranked["number"]) == order[::-1]
    assert highest.table["best"].iloc[-1] == highest.table["value"].max()


def test_two_trials_of_one_configuration_both_count(tmp_path):
    folder = make(tmp_path / "mine", 12)
    plan = study.read(folder)
    study.write(plan.model_copy(update={"runs": plan.runs | {"5": plan.runs["4"]}}), folder)
    (folder / "5" / record.NAME).write_bytes((folder / "4" / record.NAME).read_bytes())
    assert len(trials_of(grid.read(folder)).table) == 12


def test_the_key_that_decides_the_error_is_the_important_one(tmp_path):
    shares = importances(trials_of(grid.read(make(tmp_path / "mine", 60))))
    assert max(shares, key=shares.get) == BOTTLENECK
    assert shares[BOTTLENECK] > 0.7
    assert shares[ACTIVATION] < 0.1
    assert sum(shares.values()) == pytest.approx(1)


def test_importance_of_few_trials_is_refused(tmp_path):
    with pytest.raises(UserError, match="needs 10 finished trials, there are 9"):
        importances(trials_of(grid.read(make(tmp_path / "mine", 10, {0: "failed"}))))


def test_importance_needs_optuna(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UserError, match=r"narrows\[optuna\]"):
        importances(trials_of(grid.read(make(tmp_path / "mine", 12))))
