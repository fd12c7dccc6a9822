"""A study is refused before it begins if its runs cannot answer what it asks."""

from pathlib import Path

import pytest

from narrows.config.schema import Sweep
from narrows.errors import UserError
from narrows.runs.study import Study
from narrows.sweeps import asked_evaluations
from narrows.sweeps.conduct import conduct
from narrows.sweeps.plan import Job
from support.configs import tiny
from support.outcomes import nothing_in

WINE = ("data=arrays", "data.path=package:mlxtend/data/data/wine.csv", "data.batch_size=16")


def asked(*metrics: str, against: str | None = None) -> Study:
    return Study(name="s", question="Which?", command="none", axes={}, runs={}, metrics=list(metrics), against=against)


def job(listed: str) -> Job:
    return Job(listed, [], {}, tiny(f"evaluation={listed}"))


@pytest.mark.parametrize("name", ["test/probe", "test/probe_pca", "test/probe_error", "test/few_labels_100_frozen"])
def test_a_quantity_whose_evaluation_no_run_has_is_refused_and_the_line_names_the_evaluation(name):
    needed = "few_labels" if "few" in name else "probe"
    with pytest.raises(UserError) as problem:
        asked_evaluations.check(asked("test/mse", name), [job("[reconstruction,units]")])
    assert str(problem.value) == (
        f"study.metrics: no run records {name}; add evaluation=[reconstruction,units,{needed}]"
    )


def test_the_quantity_that_is_drawn_against_is_checked_as_well():
    with pytest.raises(UserError, match=r"study\.against: no run records test/probe; add evaluation="):
        asked_evaluations.check(asked("test/mse", against="test/probe"), [job("[reconstruction]")])


@pytest.mark.parametrize("metrics", [["test/mse", "run/seconds", "pca/mse", "val/mse"], ["test/probe"]])
def test_it_suffices_that_one_run_records_it(metrics):
    asked_evaluations.check(asked(*metrics), [job("[reconstruction]"), job("[reconstruction,probe]")])


@pytest.mark.parametrize("dry", [False, True])
def test_a_sweep_is_refused_before_anything_is_written(tmp_path, dry):
    folder, sweep = tmp_path / "study", Sweep(on_error="continue", dry=dry)
    with pytest.raises(UserError, match="no run records test/probe"):
        conduct(asked("test/probe"), [job("[reconstruction]")], folder, sweep, lambda jobs: None)
    assert not folder.exists()


def test_an_evaluation_that_some_runs_cannot_have_is_refused_before_their_finished_records_are_set_aside(command):
    sizes = ("data=mnist5k", "data.val_size=50", "data.batch_size=16")
    outcome = command("train", "-m", "data.classes=null,[0]", *sizes, "evaluation=[reconstruction,anomaly]")
    assert outcome.status == 2
    assert outcome.line.startswith("error: classes-None: evaluation=anomaly: the training images have all classes")
    assert nothing_in(Path.cwd())


@pytest.mark.parametrize("axis", ["seed=0", "seed=0,1"])
def test_an_evaluation_that_no_run_can_have_is_refused_with_its_reason_alone(command, axis):
    outcome = command("train", "-m", *WINE, "data.header=false", axis, "evaluation=[reconstruction,probe]")
    assert outcome.line.startswith("error: evaluation=probe: needs labels")
    assert nothing_in(Path.cwd())
