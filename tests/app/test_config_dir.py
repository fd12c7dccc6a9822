"""`--config-dir`: studies and groups of the user's own, for single runs and for multiruns under any launcher."""

import shlex
import shutil
from pathlib import Path

import pytest

from narrows.runs import record, study
from support.sweeps import SMALL, all_numbers, records

STUDY = """# @package _global_
study:
  name: mine
  question: Does momentum help?
  sizes: {quick: {optimizer.momentum: "0.5,0.9", seed: range(1)}}
hydra:
  sweeper:
    params: ${study.sizes.${size}}
"""
OPTIMIZER = "name: sgd\nlr: 0.05\nmomentum: 0.25\nweight_decay: 0.0\n"


def write_own_configs(folder: Path) -> None:
    for group, text in {"study": STUDY, "optimizer": OPTIMIZER}.items():
        (folder / group).mkdir(parents=True)
        (folder / group / "mine.yaml").write_text(text)


def test_a_single_run_takes_a_group_of_the_users(command):
    write_own_configs(Path("own"))
    outcome = command("train", "--config-dir", "own", *SMALL, "optimizer=mine", "hydra.run.dir=run")
    assert outcome.status == 0, outcome.err
    assert record.read(Path("run")).config["optimizer"]["momentum"] == 0.25


@pytest.mark.parametrize("launcher", ["fleet", "basic"])
def test_a_multirun_takes_a_study_and_a_group_of_the_users(command, launcher):
    write_own_configs(Path("own"))
    options = (*SMALL, "optimizer=mine", f"hydra/launcher={launcher}")
    outcome = command("train", "--config-dir", "own", "-m", "study=mine", "size=quick", *options)
    assert outcome.status == 0, outcome.err
    trained = records(Path("outputs/mine_quick"))
    assert {run.config["optimizer"]["momentum"] for run in trained.values()} == {0.5, 0.9}
    assert {run.config["optimizer"]["lr"] for run in trained.values()} == {0.05}


def test_the_command_that_repeats_a_study_names_the_folder(command):
    write_own_configs(Path("own"))
    arguments = ("study=mine", "size=quick", *SMALL, "trainer.max_epochs=1", "optimizer=mine", "name=again")
    typed = ("train", "-m", *arguments, "optimizer.lr=linspace(0.01,0.02,2)", "--config-dir", "own")
    command(*typed)
    repeated = study.read(Path("outputs/again")).command
    assert repeated == shlex.join(["narrows", *typed])
    first = all_numbers(Path("outputs/again"))
    assert "4 done already" in command(*shlex.split(repeated)[1:]).out
    shutil.rmtree("outputs")
    assert command(*shlex.split(repeated)[1:]).status == 0
    assert all_numbers(Path("outputs/again")) == first


def test_a_folder_that_is_not_there_is_one_line(command):
    outcome = command("train", "--config-dir", "nowhere", *SMALL)
    assert outcome.status == 2
    assert outcome.line == f"error: --config-dir nowhere: no such folder in the working folder, {Path.cwd()}"
    absolute = Path("nowhere").absolute()
    outcome = command("train", "--config-dir", str(absolute), *SMALL)
    assert outcome.line == f"error: --config-dir {absolute}: no such folder"
