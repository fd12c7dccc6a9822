"""Runs trained as fleets: the same folders and records as one run after the other, whatever fails."""

import shutil
import signal

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from narrows.errors import Interrupted
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.sweeps import fleet_checkpoints
from narrows.sweeps.launch import launch
from support.fleets import GRID, HERE, assert_equal_but_for_last_digits, planned_runs, small
from support.sweeps import records, stamps


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(len(GRID))), st.none() | st.integers(1, 8), st.integers(0, 3))
def test_any_order_and_size_of_fleets_leave_the_same_records(alone, tmp_path_factory, order, max_size, first):
    """Some of them were trained before, in another fleet."""
    folder = tmp_path_factory.mktemp("fleets")
    runs = [planned_runs(folder)[position] for position in order]
    launch(runs[:first], HERE, "continue")
    losses = launch(runs, HERE.model_copy(update={"max_size": max_size}), "continue")
    after = records(folder)
    assert after.keys() == alone.keys()
    for name, record_after in after.items():
        assert_equal_but_for_last_digits(record_after, alone[name])
    assert losses == [after[path.name].objective() for _, path in runs]
    shutil.rmtree(folder)


def test_each_run_leaves_what_it_leaves_alone(tmp_path):
    configs = [small("logger=tensorboard", f"seed={seed}") for seed in (0, 1)]
    run(configs[0], tmp_path / "alone")
    launch([(config, tmp_path / f"fleet-{config.seed}") for config in configs], HERE, "continue")
    files_alone, files_in_fleet = (
        {path.name.partition(".tfevents")[0] for path in (tmp_path / name).iterdir()} - {".lock", "run.log"}
        for name in ("alone", "fleet-0")
    )
    assert files_alone == files_in_fleet
    assert checkpoint.load(tmp_path / "fleet-0" / "best.ckpt").encode(torch.zeros(1, 1, 28, 28)).shape == (1, 3)
    log = (tmp_path / "fleet-0" / "run.log").read_text()
    assert log.startswith("done: test MSE") and "1 epochs on 128 images" in log


def test_what_is_done_is_left_alone(tmp_path):
    launch(planned_runs(tmp_path)[:3], HERE, "continue")
    before = stamps(tmp_path)
    launch(planned_runs(tmp_path), HERE, "continue")
    assert stamps(tmp_path).items() > before.items()


def test_a_diverging_run_is_recorded_and_costs_the_others_nothing(tmp_path, alone):
    good = planned_runs(tmp_path)
    wild = ("optimizer=sgd", "model.output=linear")
    mixed = [(small(*wild, f"optimizer.lr={lr}"), tmp_path / f"lr-{lr}") for lr in ("1e-2", "1e9")]
    losses = launch([*good, *mixed], HERE, "continue")
    after = records(tmp_path)
    assert after["lr-1e9"].status == "failed" and after["lr-1e9"].error.startswith("the loss became")
    assert losses[-1] == float("inf") and "Diverged" in (tmp_path / "lr-1e9" / "run.log").read_text()
    assert after["lr-1e-2"].status == "done"
    for name, expected in alone.items():
        assert_equal_but_for_last_digits(after[name], expected)


def test_a_resumed_member_of_another_size_is_shown_once_and_as_it_is(tmp_path):
    """Its curve has no point twice, and HPARAMS its own number of images."""
    two = ("logger=light", "trainer.max_epochs=2")
    runs = [(small(*two, f"data.train_size={size}"), tmp_path / f"{size}") for size in (64, 128)]
    launch(runs, HERE, "continue")
    for _, path in runs:
        (path / record.NAME).unlink()  # killed between the last checkpoint and the record
    longer = [(small("logger=light", "trainer.max_epochs=3", "data.train_size=64"), tmp_path / "64"), *runs[1:]]
    launch(longer, HERE, "continue")
    for (_, path), epochs in zip(longer, (3, 2), strict=True):
        events = EventAccumulator(str(path)).Reload()
        assert [event.step for event in events.Scalars("train/loss")] == list(range(1, epochs + 1))
        assert record.read(path).data.train == int(path.name)


def test_after_a_failure_with_on_error_stop_no_further_fleet_begins(tmp_path):
    bad = [(small("optimizer=sgd", "model.output=linear", f"optimizer.lr=1e{n}"), tmp_path / f"bad{n}") for n in (9, 8)]
    launch([*bad, *planned_runs(tmp_path)], HERE, "stop")
    assert {run.status for run in records(tmp_path).values()} == {"failed"}
    assert records(tmp_path).keys() == {"bad9", "bad8"}


def test_a_run_that_lost_its_best_weights_is_trained_anew_among_the_others(tmp_path, capsys, alone):
    runs = planned_runs(tmp_path)[:4]
    launch(runs, HERE, "continue")
    for _, folder in runs:
        (folder / record.NAME).unlink()  # killed between the last checkpoint and the record
    (runs[0][1] / "best.ckpt").unlink()
    launch(runs, HERE, "continue")
    assert "train alone" not in capsys.readouterr().err
    for _, folder in runs:
        assert_equal_but_for_last_digits(records(tmp_path)[folder.name], alone[folder.name])


def test_a_run_for_a_gpu_that_is_not_there_fails(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    runs = [(small("trainer=gpu", f"seed={seed}"), tmp_path / f"{seed}") for seed in (0, 1)]
    assert launch(runs, HERE, "continue") == [float("inf")] * 2
    assert all("trainer.accelerator=gpu" in failed.error for failed in records(tmp_path).values())


@pytest.mark.parametrize("epoch", [1, 2])
def test_interrupted_it_goes_on_from_its_checkpoints(tmp_path, monkeypatch, epoch):
    long = ("trainer.max_epochs=4", "schedule=cosine", "corruption=gaussian", "trainer.precision=64-true")
    monkeypatch.setattr(fleet_checkpoints, "SAVING_SHARE", 1e9)  # a checkpoint after each epoch, whatever it costs
    launch(planned_runs(tmp_path / "whole", *long), HERE, "continue")
    original, calls = Fleet._validate, []

    def interrupted(self: Fleet) -> torch.Tensor:
        calls.append(self.members[0].history.epochs)
        if calls[-1] == epoch:
            signal.raise_signal(signal.SIGTERM)
        return original(self)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(Fleet, "_validate", interrupted)
        launch(planned_runs(tmp_path / "parts", *long), HERE, "continue")
    parts = [run for run in records(tmp_path / "parts").values() if run.status == "interrupted"]
    assert len(parts) == 4 and {part.epochs for part in parts} == {epoch}
    launch(planned_runs(tmp_path / "parts", *long), HERE, "continue")
    for name, one in records(tmp_path / "whole").items():
        assert_equal_but_for_last_digits(records(tmp_path / "parts")[name], one)


def test_runs_that_were_interrupted_alone_go_on_in_a_fleet(tmp_path, monkeypatch):
    runs, original = planned_runs(tmp_path, "trainer.max_epochs=3"), Member.restore
    for config, path in runs[:3]:
        run(config.model_copy(update={"trainer": config.trainer.model_copy(update={"max_epochs": 2})}), path)
        (path / record.NAME).unlink()
        content = torch.load(path / "last.ckpt", weights_only=True)
        content["narrows"]["config"]["trainer"]["max_epochs"] = 3
        torch.save(content, path / "last.ckpt")
    restored = []
    monkeypatch.setattr(Member, "restore", lambda self, folder: (restored.append(folder), original(self, folder)))
    launch(runs, HERE, "continue")
    assert set(restored) == {path / "last.ckpt" for _, path in runs[:3]}
    for config, path in runs:
        assert_equal_but_for_last_digits(record.read(path), run(config, tmp_path / "again" / path.name))
