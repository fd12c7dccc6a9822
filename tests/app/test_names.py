"""`name=…` names the folder of a sweep and its study, of a search, and of a single run."""

from pathlib import Path

import pytest

from narrows.runs import study
from support.outcomes import nothing_in
from support.sweeps import ONE_BY_ONE, SMALL, grid, hydra_for, records


def folder(*arguments: str) -> str:
    with hydra_for(*arguments) as (master, _):
        return master.hydra.sweep.dir


def test_a_name_is_the_folder_whatever_the_study_and_its_size():
    assert folder("seed=0,1", "name=mine") == "outputs/mine"
    assert folder("study=bottleneck", "size=quick", "name=mine") == "outputs/mine"
    assert folder("study=bottleneck", "name=group/mine") == "outputs/group/mine"
    assert folder("study=bottleneck", "size=quick", "name=null") == "outputs/bottleneck_quick"
    assert folder("hydra/sweeper=basic", "seed=0,1", "name=mine") == "outputs/mine"
    assert folder("seed=0,1", "study.name=other") == "outputs/other"


def test_it_is_the_studys_and_in_no_run():
    planned, jobs = grid("study=bottleneck", "size=smoke", "name=mine")
    assert planned.name == "mine"
    unnamed = grid("study=bottleneck", "size=smoke")[1]
    assert [job.config.fingerprint() for job in jobs] == [job.config.fingerprint() for job in unnamed]


def test_a_sweep_lies_in_its_folder(command):
    outcome = command("train", "-m", *ONE_BY_ONE, "seed=0,1", "name=mine")
    assert outcome.status == 0, outcome.err
    assert set(records(Path("outputs/mine"))) == {"seed-0", "seed-1"}
    assert study.read(Path("outputs/mine")).name == "mine"


def test_a_single_run_lies_among_the_runs(command):
    outcome = command("train", *SMALL, "name=mine")
    assert outcome.status == 0, outcome.err
    assert Path("outputs/runs/mine/record.json").is_file()
    again = command("train", *SMALL, "name=mine")
    assert again.status == 2
    assert "outputs/runs/mine: holds a run already" in again.line


@pytest.mark.parametrize("name", ["../mine", "/tmp/mine", "a/../../b", "''"])
@pytest.mark.parametrize("multirun", [(), ("-m",)], ids=["run", "multirun"])
def test_a_name_outside_of_outputs_is_refused(command, multirun, name):
    outcome = command("train", *multirun, *SMALL, f"name={name}")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.line.startswith("error: name=")
    assert nothing_in(Path.cwd())


def test_a_search_does_not_overwrite_the_trials_of_another(command):
    Path("outputs/mine/0").mkdir(parents=True)
    outcome = command("train", "-m", *SMALL, "hydra/sweeper=basic", "seed=0,1", "name=mine")
    assert outcome.status == 2
    assert outcome.line.startswith("error: name=mine: outputs/mine holds a sweep already")
    assert outcome.line.endswith("choose another name=NAME")
