"""The fleet launcher from the command line and on a cluster: its options, its jobs, and kills at any moment."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
import submitit

from narrows.errors import Interrupted, UserError
from narrows.runs import record
from narrows.sweeps import launch as launching
from narrows.sweeps.launch import launch, options
from support.configs import REPOSITORY
from support.fleets import HERE, assert_equal_but_for_last_digits, planned_runs
from support.outcomes import script
from support.sweeps import SMALL, all_numbers, records, stamps


def test_jobs_of_a_sweep_that_is_interrupted_are_cancelled(tmp_path, monkeypatch):
    """One has ended; the second is waited for when Ctrl-C comes."""
    jobs = [Mock(**{"exception.return_value": None}), Mock(**{"exception.side_effect": Interrupted(signal.SIGINT)})]
    executor = Mock(**{"submit.side_effect": jobs})
    monkeypatch.setattr(submitit, "AutoExecutor", lambda folder, cluster: executor)
    slurm = HERE.model_copy(update={"cluster": "slurm", "max_size": 4, "parameters": {"timeout_min": 5}})
    with pytest.raises(Interrupted):
        launch(planned_runs(tmp_path), slurm, "continue")
    executor.update_parameters.assert_called_once_with(timeout_min=5)
    assert all(job.cancel.called for job in jobs)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"cluster": "slurm"}, "hydra.launcher.cluster=slurm: submitit is an extra that is not installed: pip install"),
        ({"cluster": "ray"}, "hydra.launcher.cluster=ray: ray is an extra that is not installed: pip install"),
        ({"parameters": {"timeout_min": 5}}, "hydra.launcher.parameters=.*: only with hydra.launcher.cluster=local, "),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_begins(monkeypatch, values, why):
    monkeypatch.setattr(launching, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=why):
        options({"max_size": None, "processes": None, "cluster": None, "parameters": None} | values)


AXES = ("model.bottleneck=2,3,8", "model.activation=relu,tanh", "seed=0,1,2")
LONG = (*SMALL, "trainer.max_epochs=30", "hydra/launcher=fleet", "hydra.launcher.processes=2", *AXES)
STUDY = Path("outputs/bottleneck-activation-seed")


def test_the_launcher_trains_a_multirun(command):
    outcome = command("train", "-m", *SMALL, "hydra/launcher=fleet", "model.bottleneck=2,3")
    assert outcome.status == 0, outcome.err
    assert "2 runs in fleets of 2\n" in outcome.out
    assert {run.status for run in records(Path("outputs/bottleneck")).values()} == {"done"}
    assert (Path("outputs/bottleneck/bottleneck-2/.hydra/overrides.yaml")).is_file()


@pytest.mark.parametrize("option", ["max_size=0", "processes=none", "cluster=pbs"])
def test_a_wrong_option_is_one_line(command, option):
    outcome = command("train", "-m", *SMALL, "hydra/launcher=fleet", f"hydra.launcher.{option}", "seed=0,1")
    assert outcome.status == 2 and f"hydra.launcher.{option.partition('=')[0]}=" in outcome.line


@pytest.mark.parametrize("option", ["hydra.launcher.size=3", "+hydra.launcher.size=3"])
def test_an_option_that_there_is_not_names_those_that_there_are(command, option):
    outcome = command("train", "-m", *SMALL, "hydra/launcher=fleet", option, "seed=0,1")
    choices = "this launcher has no such key; hydra/launcher=fleet has max_size, processes, cluster, parameters"
    assert outcome.status == 2 and outcome.line == f"error: hydra.launcher.size: {choices}"


def begin(folder: Path) -> subprocess.Popen:
    command = [sys.executable, REPOSITORY / "scripts" / "train.py", "-m", *LONG]
    quiet = subprocess.DEVNULL  # workers that outlive it to end what they train hold no pipe
    return subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet, start_new_session=True)


@pytest.mark.slow
def test_submitit_takes_each_fleet_as_a_job(tmp_path):
    options = ("hydra/launcher=fleet", "hydra.launcher.cluster=local", "hydra.launcher.max_size=2")
    options += ("hydra.launcher.parameters={timeout_min: 30}",)
    outcome = script("train", "-m", *SMALL, *options, "seed=range(4)", cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert {run.status for run in records(tmp_path / "outputs" / "seed").values()} == {"done"}


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_never_killed(tmp_path):
    """Its workers are killed with it, or live on for a while; nothing that was done is trained again."""
    whole, parts, dice = tmp_path / "whole", tmp_path / "parts", random.Random(time.time_ns())
    for folder in (whole, parts):
        folder.mkdir()
    assert script("train", "-m", *LONG, cwd=whole).status == 0
    for kill in (lambda pid: os.killpg(pid, signal.SIGKILL), lambda pid: os.kill(pid, signal.SIGKILL)) * 3:
        process = begin(parts)
        time.sleep(dice.uniform(2, 15))
        before = {name: one for name, one in all_numbers(parts / STUDY).items() if one["status"] == "done"}
        kill(process.pid)
        process.wait()
        assert before.items() <= all_numbers(parts / STUDY).items()
    finished = {path: at for path, at in stamps(parts / STUDY).items() if record.read((parts / STUDY / path).parent)}
    outcome = script("train", "-m", *LONG, cwd=parts)
    assert outcome.status == 0, outcome.err
    assert stamps(parts / STUDY).items() >= finished.items()
    for name, one in records(whole / STUDY).items():
        assert_equal_but_for_last_digits(records(parts / STUDY)[name], one)
