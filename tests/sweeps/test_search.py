"""Searches by Optuna, really run: the best trial, the report at the end, trials that fail, and the plan that grows."""

import shlex
from pathlib import Path

import pytest
import yaml

from narrows.board import hparams
from narrows.runs import study
from support.sweeps import SMALL, numbers, records

pytest.importorskip("optuna")

SPACE = ("model.bottleneck=range(1,4)", "model.activation=relu,tanh")


def test_optuna_minimises_the_validation_error(command):
    outcome = command("train", "-m", *SMALL, *SPACE, "hydra.sweeper.n_trials=3", "hydra/sweeper=search", "name=mine")
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/mine")
    left = records(folder)
    assert [record.status for record in left.values()] == ["done"] * 3
    results = yaml.safe_load((folder / "optimization_results.yaml").read_text())
    name, best = min(left.items(), key=lambda item: item[1].metrics["val/mse"])
    assert results["best_value"] == best.metrics["val/mse"]
    assert results["best_value"] not in [record.metrics["test/mse"] for record in left.values()]
    params = results["best_params"]
    assert params["model.bottleneck"] == best.config["model"]["bottleneck"]
    assert params["model.activation"] == best.config["model"]["activation"]
    assert 1e-4 <= params["optimizer.lr"] <= 1e-2
    assert study.read(folder).runs[name] == params
    assert hparams.ticked(folder / name)[:3] == ["model.bottleneck", "model.activation", "optimizer.lr"]


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["fleet", "basic"])
def test_a_search_ends_with_the_command_of_its_best_configuration(command, launcher):
    searching = ("hydra.sweeper.n_trials=12", "hydra/sweeper=search", f"hydra/launcher={launcher}", "name=mine")
    outcome = command("train", "-m", *SMALL, *SPACE, *searching)
    assert outcome.status == 0, outcome.err
    folder = Path("outputs/mine")
    assert "The best of 12 trials has bottleneck" in outcome.out
    assert {f"{folder}/report/report.html", f"narrows board {folder}   starts TensorBoard; then"} <= set(
        outcome.out.splitlines()
    )
    assert {path.stem for path in (folder / "report" / "figures").glob("*.png")} == {
        "history", "slices", "importance", "best_images",
    }  # fmt: skip
    assert command("report", str(folder)).out.startswith("The best of 12 trials has bottleneck")
    line = next(line for line in outcome.out.splitlines() if line.startswith("Train it again: "))
    again = command(*shlex.split(line.removeprefix("Train it again: "))[1:], "hydra.run.dir=again/best")
    assert again.status == 0, again.err
    best = min(records(folder).values(), key=lambda record: record.metrics["val/mse"])
    assert numbers(records(Path("again"))["best"]) == numbers(best)


def test_a_search_goes_on_after_a_trial_that_diverges(command):
    arms = ("model.output=linear", "optimizer=sgd", "optimizer.lr=choice(1e9,0.1)", "hydra.sweeper.n_trials=4")
    fixed = ("model.bottleneck=3", "model.activation=relu", "hydra.sweeper.sampler.seed=0")
    outcome = command("train", "-m", *SMALL, *arms, *fixed, "hydra/sweeper=optuna", "hydra.sweep.dir=search")
    assert outcome.status == 0, outcome.err
    statuses = [record.status for record in records(Path("search")).values()]
    assert set(statuses) == {"done", "failed"}
    assert yaml.safe_load(Path("search/optimization_results.yaml").read_text())["best_params"]["optimizer.lr"] == 0.1
    assert f"{statuses.count('failed')} of 4 trials did not finish: {statuses.count('failed')} failed." in outcome.out


@pytest.mark.parametrize("launcher", ["fleet", "basic"])
def test_a_trial_that_is_refused_is_recorded_and_the_search_goes_on(command, launcher):
    space = ("code=sparse", "model.bottleneck=2", "code.active=choice(2,3)", "hydra.sweeper.n_trials=5")
    sampled = ("hydra/sweeper=optuna", "hydra.sweeper.sampler.seed=1", f"hydra/launcher={launcher}")
    outcome = command("train", "-m", *SMALL, *space, *sampled, "hydra.sweep.dir=search")
    assert outcome.status == 0, outcome.err
    statuses = [record.status for record in records(Path("search")).values()]
    assert set(statuses) == {"done", "refused"}
    assert f"{statuses.count('refused')} refused." in outcome.out


def test_a_search_that_is_refused_at_once_leaves_nothing(command):
    outcome = command("train", "-m", *SMALL, *SPACE, "model.bottelneck=3", "hydra/sweeper=optuna", "name=mine")
    assert outcome.status == 2
    assert not Path("outputs/mine").exists()


def test_a_continued_search_tells_of_its_earlier_trials(command):
    stored = ("hydra.sweeper.storage=sqlite:///search.db", "hydra.sweeper.study_name=mine", "hydra.sweeper.n_trials=1")
    for name in ("first", "second"):
        outcome = command("train", "-m", *SMALL, *SPACE, *stored, "hydra/sweeper=optuna", f"name={name}")
        assert outcome.status == 0, outcome.err
    assert "continues one of 1 trial, which are in other folders" in outcome.out


def test_a_search_never_takes_the_folder_of_a_study(command):
    Path("grid").mkdir()
    plan = study.Study(name="grid", question="", command="", axes={"seed": [0]}, runs={"seed-0": {"seed": 0}})
    study.write(plan, Path("grid"))
    outcome = command("train", "-m", *SMALL, *SPACE, "hydra/sweeper=optuna", "hydra.sweep.dir=grid")
    assert outcome.line.startswith("error: hydra.sweep.dir=grid: holds the runs of a study")
    assert study.read(Path("grid")) == plan


@pytest.mark.parametrize("place", ["name=mine", "hydra.sweep.dir=outputs/mine"])
def test_a_search_never_takes_the_folder_of_another(command, place):
    folder = Path("outputs/mine")
    folder.mkdir(parents=True)
    plan = study.Study(
        name="mine", question="", command="", axes={"seed": [0]}, runs={}, search=study.Search(space={"seed": "0,1"})
    )
    study.write(plan, folder)
    outcome = command("train", "-m", *SMALL, *SPACE, "hydra/sweeper=search", place)
    assert outcome.line.startswith(f"error: {place}: ")
    assert "name=NAME" in outcome.line and "hydra.sweeper.storage=" in outcome.line
    assert study.read(folder) == plan
