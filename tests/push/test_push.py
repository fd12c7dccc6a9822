"""`narrows push`: what is refused, and what is pushed."""

import pytest

from narrows.push.finished_study import finished_study
from narrows.runs import record
from support.made_up_study import GRID, make, noisy


@pytest.fixture
def study(tmp_path):
    """Four runs, of which one failed and one is missing."""
    return make(tmp_path / "study", {"model.bottleneck": [2, 4], "seed": [0, 1]}, noisy, {1: "failed", 2: "missing"})


def test_finished_runs_are_pushed_and_the_others_are_counted(study):
    pushed = finished_study(study)
    assert [run.name for run in pushed.runs] == ["run0", "run3"]
    assert pushed.unfinished == 2


def test_each_run_of_a_study_has_an_id_of_its_own_which_does_not_depend_on_the_folder(tmp_path):
    one, other = (finished_study(make(tmp_path / name, GRID, noisy)) for name in ("one", "other"))
    assert len({run.id for run in one.runs}) == len(one.runs) == 24
    assert [run.id for run in one.runs] == [run.id for run in other.runs]


def test_an_evaluation_that_is_added_changes_the_content_but_not_the_id(study):
    before = finished_study(study).runs[0]
    changed = record.read(study / "run0")
    changed.metrics["test/probe"] = 0.5
    record.write(changed, study / "run0")
    after = finished_study(study).runs[0]
    assert after.id == before.id
    assert after.content != before.content


def test_a_run_alone_is_a_study_of_one(study):
    pushed = finished_study(study / "run0")
    assert (pushed.name, [run.name for run in pushed.runs]) == ("run0", ["run0"])


MISTAKES = {
    "": "narrows push: STUDY is missing; see --help",
    "nowhere": "--to is missing: choose from mlflow, wandb",
    "nowhere --to tensorboard": "--to=tensorboard: choose from mlflow, wandb",
    "nowhere --to mlflow": "nowhere: no study.json in it; name the folder of a study, outputs/<study>",
    "{empty} --to wandb": "{empty}: no run is finished, there is nothing to push; `narrows train` finishes them",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_a_mistake_is_answered_in_one_line(command, tmp_path, monkeypatch, typed):
    monkeypatch.setattr("narrows.extras._installed", lambda module: True)
    empty = make(tmp_path / "empty", {"seed": [0, 1]}, noisy, {0: "failed", 1: "damaged"})
    outcome = command("push", *typed.format(empty=empty).split())
    assert (outcome.status, outcome.line) == (2, f"error: {MISTAKES[typed].format(empty=empty)}")


@pytest.mark.parametrize("tracker", ["mlflow", "wandb"])
def test_a_missing_package_is_named_with_the_extra_that_installs_it(command, monkeypatch, study, tracker):
    monkeypatch.setattr("narrows.extras._installed", lambda module: False)
    outcome = command("push", str(study), "--to", tracker)
    install = f"pip install 'narrows[{tracker}]' installs it"
    assert outcome.line == f"error: --to {tracker}: needs the package {tracker}; {install}"
