"""The plan of a search: what it searched, what it minimises, and the arguments that a run of its own needs."""

import pytest

from narrows.app.planned_search import levels_of, planned_search
from narrows.app.study_file import study_section
from support.sweeps import hydra_for

pytest.importorskip("optuna")


def plan(*arguments: str):
    with hydra_for(*arguments) as (master, _):
        return planned_search(master, study_section(master), " ".join(["narrows train -m", *arguments]))


def test_the_searched_keys_are_those_of_the_file_and_of_the_command_line():
    searched = plan("hydra/sweeper=search", "model.init=choice(default,xavier_uniform)", "model.bottleneck=range(1,9)")
    assert searched.search.space["model.bottleneck"] == "range(1,9)"
    assert list(searched.axes) == ["model.bottleneck", "model.activation", "optimizer.lr", "model.init"]
    assert searched.axes["model.bottleneck"] == list(range(1, 9))
    assert searched.axes["model.init"] == ["default", "xavier_uniform"]
    assert searched.axes["optimizer.lr"] == []  # an interval: known when tried
    assert searched.runs == {}


def test_a_typed_value_takes_a_key_out_of_the_search():
    searched = plan("hydra/sweeper=search", "optimizer.lr=0.001")
    assert list(searched.axes) == ["model.bottleneck", "model.activation"]
    assert searched.search.typed == ["optimizer.lr=0.001"]


def test_a_run_of_its_own_needs_what_decides_it_and_nothing_of_the_search():
    multirun = ("name=mine", "hydra/sweeper=search", "hydra/launcher=basic", "hydra.sweeper.n_trials=7")
    searched = plan("data=mnist5k", *multirun, "sweep.on_error=stop", "report.width=slide", "++trainer.threads=1")
    assert searched.search.typed == ["data=mnist5k", "++trainer.threads=1"]
    assert searched.search.trials == 7
    assert searched.name == "mine"


def test_the_question_names_what_is_minimised():
    assert plan("hydra/sweeper=optuna", "model.bottleneck=1,2").question == (
        "Which model.bottleneck has the lowest validation MSE?"
    )
    without = plan("hydra/sweeper=optuna", "model.bottleneck=1,2", "seed=0,1", "data.val_size=0")
    assert without.question == "Which model.bottleneck and seed have the lowest training MSE?"
    assert without.metrics == ["train/mse", "test/mse"]


def test_a_prefix_belongs_to_no_key():
    searched = plan("hydra/sweeper=search", "++model.bottleneck=range(1,9)", "++optimizer.lr=0.001")
    assert list(searched.axes) == ["model.bottleneck", "model.activation"]
    assert searched.axes["model.bottleneck"] == list(range(1, 9))
    assert levels_of(["model.activation=relu", "++model.bottleneck=3"]) == {
        "model.activation": "relu",
        "model.bottleneck": 3,
    }
