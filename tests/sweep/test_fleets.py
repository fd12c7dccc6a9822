"""Whole sweeps as fleets: the same folders and records as one run after the other, whatever happens on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest
import submitit
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from narrows.config.schema import Config
from narrows.data.datamodule import splits_of
from narrows.errors import Interrupted, UserError
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.runs.record import Record
from narrows.sweep import free_memory as memory
from narrows.sweep import launch as sweep_fleets
from narrows.sweep import member_run as sweep_member
from narrows.sweep import train_fleet as sweep_fleet
from narrows.sweep.launch import Options, launch, options
from narrows.training.make import make_module
from support.configs import REPOSITORY, configure
from support.outcomes import script
from support.sweeps import SMALL, all_numbers, records, stamps

HERE = Options(max_size=None, processes=1, cluster=None, parameters=None)
GRID = list(product((2, 5), ("relu", "tanh"), (0, 1)))


def small(*overrides: str) -> Config:
    return configure(*SMALL, *overrides)


def orders(folder: Path, *overrides: str) -> list[tuple[Config, Path]]:
    """A grid of two bottlenecks, two activations and two seeds."""
    return [
        (
            small(f"model.bottleneck={bottleneck}", f"model.activation={activation}", f"seed={seed}", *overrides),
            folder / f"{bottleneck}-{activation}-{seed}",
        )
        for bottleneck, activation, seed in GRID
    ]


def close(one: Record, other: Record) -> None:
    """Equal but for the last digits of the gradients' norm and the time that it took."""
    exact = ("status", "error", "fingerprint", "seed", "data", "epochs", "best_epoch", "parameters")
    assert one.model_dump(include=set(exact)) == other.model_dump(include=set(exact))
    assert one.metrics == other.metrics
    assert list(one.curves) == list(other.curves)
    for name in set(one.curves) - {"seconds", "images_per_second", "gradient_norm"}:
        assert one.curves[name] == other.curves[name], name
    assert one.curves["gradient_norm"] == pytest.approx(other.curves["gradient_norm"], rel=1e-5)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict[str, Record]:
    """The grid, one run after the other."""
    folder = tmp_path_factory.mktemp("alone")
    return {path.name: run(config, path) for config, path in orders(folder)}


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(GRID))), st.none() | st.integers(1, 8), st.integers(0, 3))
def test_any_order_and_size_of_fleets_leave_the_same_records(alone, tmp_path_factory, order, max_size, first):
    """Some of them were trained before, in another fleet."""
    folder = tmp_path_factory.mktemp("fleets")
    asked = [orders(folder)[position] for position in order]
    launch(asked[:first], HERE, "continue")
    losses = launch(asked, HERE.model_copy(update={"max_size": max_size}), "continue")
    found = records(folder)
    assert found.keys() == alone.keys()
    for name, one in found.items():
        close(one, alone[name])
    assert losses == [found[path.name].objective() for _, path in asked]
    shutil.rmtree(folder)


def test_each_run_leaves_what_it_leaves_alone(tmp_path):
    configs = [small("logger=tensorboard", f"seed={seed}") for seed in (0, 1)]
    run(configs[0], tmp_path / "alone")
    launch([(config, tmp_path / f"fleet-{config.seed}") for config in configs], HERE, "continue")
    one, other = (
        {path.name.partition(".tfevents")[0] for path in (tmp_path / name).iterdir()} - {".lock", "run.log"}
        for name in ("alone", "fleet-0")
    )
    assert one == other
    assert checkpoint.load(tmp_path / "fleet-0" / "best.ckpt").encode(torch.zeros(1, 1, 28, 28)).shape == (1, 3)
    log = (tmp_path / "fleet-0" / "run.log").read_text()
    assert log.startswith("done: test MSE") and "1 epochs on 128 images" in log


def test_what_is_done_is_left_alone(tmp_path):
    launch(orders(tmp_path)[:3], HERE, "continue")
    before = stamps(tmp_path)
    launch(orders(tmp_path), HERE, "continue")
    assert stamps(tmp_path).items() > before.items()


def test_a_diverging_run_is_recorded_and_costs_the_others_nothing(tmp_path, alone):
    good = orders(tmp_path)
    wild = ("optimizer=sgd", "model.output=linear")
    mixed = [(small(*wild, f"optimizer.lr={lr}"), tmp_path / f"lr-{lr}") for lr in ("1e-2", "1e9")]
    losses = launch([*good, *mixed], HERE, "continue")
    found = records(tmp_path)
    assert found["lr-1e9"].status == "failed" and found["lr-1e9"].error.startswith("the loss became")
    assert losses[-1] == float("inf") and "Diverged" in (tmp_path / "lr-1e9" / "run.log").read_text()
    assert found["lr-1e-2"].status == "done"
    for name, one in alone.items():
        close(found[name], one)


def test_a_resumed_member_of_another_size_is_shown_once_and_as_it_is(tmp_path):
    """Its curve has no point twice, and HPARAMS its own number of images."""
    two = ("logger=light", "trainer.max_epochs=2")
    asked = [(small(*two, f"data.train_size={size}"), tmp_path / f"{size}") for size in (64, 128)]
    launch(asked, HERE, "continue")
    for _, path in asked:
        (path / record.NAME).unlink()  # killed between the last checkpoint and the record
    longer = [(small("logger=light", "trainer.max_epochs=3", "data.train_size=64"), tmp_path / "64"), *asked[1:]]
    launch(longer, HERE, "continue")
    for (_, path), epochs in zip(longer, (3, 2), strict=True):
        events = EventAccumulator(str(path)).Reload()
        assert [event.step for event in events.Scalars("train/loss")] == list(range(1, epochs + 1))
        assert record.read(path).data.train == int(path.name)


def test_after_a_failure_no_further_fleet_begins_if_asked(tmp_path):
    bad = [(small("optimizer=sgd", "model.output=linear", f"optimizer.lr=1e{n}"), tmp_path / f"bad{n}") for n in (9, 8)]
    launch([*bad, *orders(tmp_path)], HERE, "stop")
    assert {one.status for one in records(tmp_path).values()} == {"failed"}
    assert records(tmp_path).keys() == {"bad9", "bad8"}


def test_out_of_memory_halves_the_fleet(tmp_path, monkeypatch, alone):
    original, sizes = Fleet.__init__, []

    def small_device(self: Fleet, members, splits) -> None:
        sizes.append(len(members))
        if len(members) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        original(self, members, splits)

    monkeypatch.setattr(Fleet, "__init__", small_device)
    launch(orders(tmp_path), HERE, "continue")
    assert sorted(sizes) == [2, 2, 2, 2, 4, 4]
    for name, one in alone.items():
        close(records(tmp_path)[name], one)


def test_a_fleet_is_halved_till_it_fits_into_what_is_free(tmp_path, monkeypatch, capsys, alone):
    """The system would kill it later, without a word: it lends memory that it does not have."""
    weights = 4 * next(iter(alone.values())).parameters
    free = SimpleNamespace(available=2 * 1.1 * memory.COPIES * weights)  # for two runs of the four that fit together
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    launch(orders(tmp_path), HERE, "continue")
    assert capsys.readouterr().err.count("4 runs are halved, out of memory: 4 runs want") == 2
    for name, one in alone.items():
        close(records(tmp_path)[name], one)


def test_out_of_memory_at_the_end_of_a_run_it_is_evaluated_in_a_smaller_fleet(tmp_path, monkeypatch, capsys, alone):
    conclude, refused = sweep_member.conclude, []

    def once(*arguments) -> None:
        if not refused:
            refused.append(True)
            raise torch.OutOfMemoryError("CUDA out of memory")
        conclude(*arguments)

    epochs = []
    original = Fleet._epoch
    monkeypatch.setattr(Fleet, "_epoch", lambda self: (epochs.append(len(self.members)), original(self)))
    monkeypatch.setattr(sweep_member, "conclude", once)
    launch(orders(tmp_path), HERE, "continue")
    assert epochs == [4, 4]  # of two fleets of one epoch: nobody is trained again
    assert "4 runs are halved, out of memory: CUDA out of memory" in capsys.readouterr().err
    for name, one in alone.items():
        close(records(tmp_path)[name], one)


def test_a_run_that_lost_its_best_weights_is_trained_anew_among_the_others(tmp_path, capsys, alone):
    asked = orders(tmp_path)[:4]
    launch(asked, HERE, "continue")
    for _, folder in asked:
        (folder / record.NAME).unlink()  # killed between the last checkpoint and the record
    (asked[0][1] / "best.ckpt").unlink()
    launch(asked, HERE, "continue")
    assert "train alone" not in capsys.readouterr().err
    for _, folder in asked:
        close(records(tmp_path)[folder.name], alone[folder.name])


def test_several_fleets_share_the_memory_that_is_free(monkeypatch):
    config = small()
    splits, weights = splits_of(config.data), 4 * make_module(config, splits_of(config.data)).autoencoder.size
    free = SimpleNamespace(available=memory.COPIES * weights * 8.1)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    memory.check([config] * 8, splits, beside=1)
    memory.check([config] * 4, splits, beside=2)
    with pytest.raises(MemoryError, match="5 runs want"):
        memory.check([config] * 5, splits, beside=2)


def test_jobs_of_a_sweep_that_is_interrupted_are_cancelled(tmp_path, monkeypatch):
    """One has ended; the second is waited for when Ctrl-C comes."""
    jobs = [Mock(**{"exception.return_value": None}), Mock(**{"exception.side_effect": Interrupted(signal.SIGINT)})]
    executor = Mock(**{"submit.side_effect": jobs})
    monkeypatch.setattr(submitit, "AutoExecutor", lambda folder, cluster: executor)
    slurm = HERE.model_copy(update={"cluster": "slurm", "max_size": 4, "parameters": {"timeout_min": 5}})
    with pytest.raises(Interrupted):
        launch(orders(tmp_path), slurm, "continue")
    executor.update_parameters.assert_called_once_with(timeout_min=5)
    assert all(job.cancel.called for job in jobs)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"cluster": "slurm"}, "hydra.launcher.cluster=slurm: submitit is an extra that is not installed: pip install"),
        ({"parameters": {"timeout_min": 5}}, "hydra.launcher.parameters=.*: only with hydra.launcher.cluster=local or"),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_begins(monkeypatch, values, why):
    monkeypatch.setattr(sweep_fleets, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=why):
        options({"max_size": None, "processes": None, "cluster": None, "parameters": None} | values)


def test_what_no_fleet_can_train_is_trained_alone_and_says_why(tmp_path, monkeypatch, capsys, alone):
    def broken(self: Fleet, members, splits) -> None:
        raise RuntimeError("an operator that vmap does not know")

    monkeypatch.setattr(Fleet, "__init__", broken)
    launch(orders(tmp_path)[:2], HERE, "continue")
    assert "vmap does not know" in capsys.readouterr().err
    assert all(one.status == "done" for one in records(tmp_path).values())


def test_a_run_for_a_gpu_that_is_not_there_fails(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    asked = [(small("trainer=gpu", f"seed={seed}"), tmp_path / f"{seed}") for seed in (0, 1)]
    assert launch(asked, HERE, "continue") == [float("inf")] * 2
    assert all("trainer.accelerator=gpu" in one.error for one in records(tmp_path).values())


@pytest.mark.parametrize("epoch", [1, 2])
def test_interrupted_it_goes_on_from_its_checkpoints(tmp_path, monkeypatch, epoch):
    long = ("trainer.max_epochs=4", "schedule=cosine", "corruption=gaussian", "trainer.precision=64-true")
    monkeypatch.setattr(sweep_fleet, "SHARE", 1e9)  # a checkpoint after each epoch, whatever it costs
    launch(orders(tmp_path / "whole", *long), HERE, "continue")
    original, calls = Fleet._validate, []

    def interrupted(self: Fleet) -> torch.Tensor:
        calls.append(self.members[0].history.epochs)
        if calls[-1] == epoch:
            signal.raise_signal(signal.SIGTERM)
        return original(self)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(Fleet, "_validate", interrupted)
        launch(orders(tmp_path / "parts", *long), HERE, "continue")
    cut = [one for one in records(tmp_path / "parts").values() if one.status == "interrupted"]
    assert len(cut) == 4 and {one.epochs for one in cut} == {epoch}
    launch(orders(tmp_path / "parts", *long), HERE, "continue")
    for name, one in records(tmp_path / "whole").items():
        close(records(tmp_path / "parts")[name], one)


def test_runs_that_were_interrupted_alone_go_on_in_a_fleet(tmp_path, monkeypatch):
    asked, original = orders(tmp_path, "trainer.max_epochs=3"), Member.restore
    for config, path in asked[:3]:
        run(config.model_copy(update={"trainer": config.trainer.model_copy(update={"max_epochs": 2})}), path)
        (path / record.NAME).unlink()
        content = torch.load(path / "last.ckpt", weights_only=True)
        content["narrows"]["config"]["trainer"]["max_epochs"] = 3
        torch.save(content, path / "last.ckpt")
    restored = []
    monkeypatch.setattr(Member, "restore", lambda self, folder: (restored.append(folder), original(self, folder)))
    launch(asked, HERE, "continue")
    assert set(restored) == {path for _, path in asked[:3]}
    for config, path in asked:
        close(record.read(path), run(config, tmp_path / "again" / path.name))


# --- from the command line

AXES = ("model.bottleneck=2,3,8", "model.activation=relu,tanh", "seed=0,1,2")
LONG = (*SMALL, "trainer.max_epochs=30", "hydra/launcher=fleet", "hydra.launcher.processes=2", *AXES)
STUDY = Path("outputs/bottleneck-activation-seed")


def test_the_launcher_trains_a_multirun(command):
    outcome = command("train.py", "-m", *SMALL, "hydra/launcher=fleet", "model.bottleneck=2,3")
    assert outcome.status == 0, outcome.err
    assert "2 runs in fleets of 2\n" in outcome.out
    assert {one.status for one in records(Path("outputs/bottleneck")).values()} == {"done"}
    assert (Path("outputs/bottleneck/bottleneck-2/.hydra/overrides.yaml")).is_file()


@pytest.mark.parametrize("option", ["max_size=0", "processes=none", "cluster=pbs"])
def test_a_wrong_option_is_one_line(command, option):
    outcome = command("train.py", "-m", *SMALL, "hydra/launcher=fleet", f"hydra.launcher.{option}", "seed=0,1")
    assert outcome.status == 2 and f"hydra.launcher.{option.partition('=')[0]}=" in outcome.line


@pytest.mark.parametrize("option", ["hydra.launcher.size=3", "+hydra.launcher.size=3"])
def test_an_option_that_there_is_not_names_those_that_there_are(command, option):
    outcome = command("train.py", "-m", *SMALL, "hydra/launcher=fleet", option, "seed=0,1")
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
    outcome = script("train.py", "-m", *SMALL, *options, "seed=range(4)", cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert {one.status for one in records(tmp_path / "outputs" / "seed").values()} == {"done"}


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_never_killed(tmp_path):
    """Its workers are killed with it, or live on for a while; nothing that was done is trained again."""
    whole, parts, dice = tmp_path / "whole", tmp_path / "parts", random.Random(time.time_ns())
    for folder in (whole, parts):
        folder.mkdir()
    assert script("train.py", "-m", *LONG, cwd=whole).status == 0
    for kill in (lambda pid: os.killpg(pid, signal.SIGKILL), lambda pid: os.kill(pid, signal.SIGKILL)) * 3:
        process = begin(parts)
        time.sleep(dice.uniform(2, 15))
        before = {name: one for name, one in all_numbers(parts / STUDY).items() if one["status"] == "done"}
        kill(process.pid)
        process.wait()
        assert before.items() <= all_numbers(parts / STUDY).items()
    finished = {path: at for path, at in stamps(parts / STUDY).items() if record.read((parts / STUDY / path).parent)}
    outcome = script("train.py", "-m", *LONG, cwd=parts)
    assert outcome.status == 0, outcome.err
    assert stamps(parts / STUDY).items() >= finished.items()
    for name, one in records(whole / STUDY).items():
        close(records(parts / STUDY)[name], one)
