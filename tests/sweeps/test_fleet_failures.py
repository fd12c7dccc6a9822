"""A defect inside a fleet fails its runs and ends the sweep, loudly: no run is trained alone instead."""

from math import inf, isfinite
from pathlib import Path

import pytest

from narrows.errors import UserError
from narrows.fleet.fleet import Fleet
from narrows.sweeps import train_fleet
from narrows.sweeps.launch import launch
from narrows.sweeps.run_one import STOP
from support import kills
from support.fleets import HERE, assert_equal_but_for_last_digits, planned_runs
from support.sweeps import SMALL, records


@pytest.fixture(autouse=True)
def never_alone(monkeypatch):
    def trained_alone(*_: object) -> None:
        raise AssertionError("a run of a fleet trained alone")

    monkeypatch.setattr(train_fleet, "run_locked", trained_alone)


@pytest.fixture
def defect(monkeypatch):
    """Breaks the second epoch's validation of every fleet with a certain activation; returns how to mend it."""
    validate = Fleet._validate

    def break_fleets_of(*activations: str) -> None:
        def broken(self: Fleet) -> object:
            if self.members[0].config.model.activation in activations and self.members[0].history.epochs == 1:
                raise KeyError("a defect")
            return validate(self)

        monkeypatch.setattr(Fleet, "_validate", broken)

    return break_fleets_of


TWO = "trainer.max_epochs=2"


def test_a_broken_fleet_ends_the_sweep_with_its_traceback_in_the_logs(tmp_path, defect, capsys):
    """Whatever `on_error` says: finished fleets stay finished, and no other begins."""
    defect("tanh")
    runs = [run for run in planned_runs(tmp_path, TWO) if run[0].model.bottleneck == 2]
    assert [isfinite(loss) for loss in launch(runs[::-1], HERE, "continue")] == [False] * len(runs)
    left = records(tmp_path)
    assert set(left) == {folder.name for _, folder in runs if "tanh" in folder.name}
    assert {(record.status, record.error) for record in left.values()} == {("failed", "'a defect'")}
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("a fleet of 2 runs failed, which ends the sweep: KeyError: 'a defect' (traceback in ")
    assert all("Traceback" in (tmp_path / name / "run.log").read_text() for name in left)


def test_fleets_that_ended_before_are_done(tmp_path, defect):
    defect("tanh")
    runs = planned_runs(tmp_path, TWO)
    losses = launch(runs, HERE, "continue")
    assert [isfinite(loss) for loss in losses] == ["relu" in folder.name for _, folder in runs]


def test_in_several_processes_a_broken_fleet_fails_its_runs_and_the_sweep(tmp_path):
    folder = tmp_path / "sweep"
    folder.mkdir()
    assert kills.train("two processes", folder, name="last.ckpt", at="0", whom="call") == 1
    (study,) = (folder / "outputs").iterdir()
    left = records(study)
    assert left and {(record.status, record.error) for record in left.values()} == {("failed", "'a defect'")}
    assert all("Traceback" in (study / name / "run.log").read_text() for name in left)
    assert "runs failed, which ends the sweep: KeyError: 'a defect'" in folder.with_name("sweep.log").read_text()


def test_mended_the_runs_are_trained_again(tmp_path, alone):
    def broken(self: Fleet, members, splits) -> None:
        raise RuntimeError("an operator that vmap does not know")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Fleet, "__init__", broken)
        launch(planned_runs(tmp_path), HERE, "continue")
    assert {record.error for record in records(tmp_path).values()} == {"an operator that vmap does not know"}
    (tmp_path / STOP).unlink()  # as the next sweep does
    launch(planned_runs(tmp_path), HERE, "continue")
    for name, record in alone.items():
        assert_equal_but_for_last_digits(records(tmp_path)[name], record)


def test_a_broken_fleet_ends_the_sweep_with_status_1(command, defect):
    defect("tanh")
    axes = ("model.activation=relu,tanh", "seed=0,1")
    here = ("hydra/launcher=fleet", "hydra.launcher.processes=1")
    outcome = command("train", "-m", *SMALL, TWO, *here, *axes)
    assert outcome.status == 1
    assert "a fleet of 2 runs failed, which ends the sweep: KeyError: 'a defect'" in outcome.err
    assert "Traceback" not in outcome.err + outcome.out
    study = Path("outputs/activation-seed")
    for seed in (0, 1):
        assert f"failed: {study}/activation-tanh_seed-{seed}: 'a defect'" in outcome.err
        assert records(study)[f"activation-relu_seed-{seed}"].status == "done"


def test_data_that_cannot_be_had_fail_every_run_without_a_traceback_at_the_terminal(tmp_path, monkeypatch, capsys):
    def missing(*_: object) -> None:
        raise UserError("data=mnist5k: no source could be reached")

    monkeypatch.setattr(train_fleet, "splits_for", missing)
    assert set(launch(planned_runs(tmp_path), HERE, "continue")) == {inf}
    assert capsys.readouterr().err == ""
    assert {record.error for record in records(tmp_path).values()} == {"data=mnist5k: no source could be reached"}
