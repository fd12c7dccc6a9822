"""A run whose files cannot be written fails alone: the other runs of the sweep are trained."""

import shutil
from pathlib import Path

import pytest

from narrows.fleet.fleet import Fleet
from narrows.sweeps import fleet_checkpoints
from narrows.sweeps.launch import launch
from support.fleets import HERE, small
from support.full_disk import full_disk
from support.outcomes import nothing_in
from support.sweeps import SMALL, numbers, records

STUDY = Path("outputs/seed")
FLEET = ("hydra/launcher=fleet", "hydra.launcher.processes=1")


def block_folder() -> None:
    (STUDY / "seed-1").write_text("a file where the run's folder would be")


def block_lock() -> None:
    (STUDY / "seed-1" / ".lock").mkdir(parents=True)


def block_log() -> None:
    (STUDY / "seed-1" / "run.log").mkdir(parents=True)


@pytest.mark.parametrize("launcher", [("hydra/launcher=basic",), FLEET], ids=["basic", "fleet"])
@pytest.mark.parametrize("block", [block_folder, block_lock, block_log])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(command, launcher, block):
    STUDY.mkdir(parents=True)
    block()
    outcome = command("train", "-m", *SMALL, *launcher, "seed=0,1,2")
    assert outcome.status == 1
    assert {name for name, one in records(STUDY).items() if one.status == "done"} == {"seed-0", "seed-2"}
    assert "Traceback" not in outcome.err + outcome.out
    (line,) = [line for line in outcome.err.splitlines() if "seed-1: not trained: " in line]
    assert "cannot be written" in line


def runs(folder: Path) -> list:
    return [(small(f"seed={seed}", "trainer.max_epochs=3"), folder / f"seed-{seed}") for seed in range(3)]


@pytest.fixture(scope="module")
def twins(tmp_path_factory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("twins")
    launch(runs(folder), HERE, "continue")
    return {name: numbers(one) for name, one in records(folder).items()}


def test_a_folder_that_is_removed_while_its_fleet_trains_fails_its_run(tmp_path, monkeypatch, capsys, twins):
    epoch = Fleet._epoch

    def removing(self: Fleet) -> None:
        epoch(self)
        shutil.rmtree(tmp_path / "seed-1", ignore_errors=True)

    monkeypatch.setattr(Fleet, "_epoch", removing)
    launch(runs(tmp_path), HERE, "continue")
    assert {name: numbers(one) for name, one in records(tmp_path).items()} == {
        name: one for name, one in twins.items() if name != "seed-1"
    }
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "seed-1: not trained: " in lines[0]


@pytest.mark.parametrize("file", ["last.ckpt", "best.ckpt", "record.json", "reconstructions.png"])
def test_on_a_full_disk_a_fleet_stays_together_and_is_continued_when_there_is_room(tmp_path, capsys, twins, file):
    with full_disk(file):
        launch(runs(tmp_path), HERE, "continue")
    assert "done" not in {one.status for one in records(tmp_path).values()}
    errors = capsys.readouterr().err
    assert "No space left on device" in errors + str([one.error for one in records(tmp_path).values()])
    assert "train alone" not in errors and "Traceback" not in errors
    assert not list(tmp_path.rglob("*.partial"))
    launch(runs(tmp_path), HERE, "continue")
    assert {name: numbers(one) for name, one in records(tmp_path).items()} == twins
    assert not list(tmp_path.rglob("record-*.json"))


def test_a_full_disk_in_the_middle_does_not_stop_a_fleet(tmp_path, capsys, twins, monkeypatch):
    """The checkpoints after the first epoch fail; those at the end do not."""
    monkeypatch.setattr(fleet_checkpoints, "ASSUMED", 0.0)  # else so short a fleet writes none while it trains
    with full_disk("best.ckpt", until=3):
        launch(runs(tmp_path), HERE, "continue")
    assert {name: numbers(one) for name, one in records(tmp_path).items()} == twins
    assert capsys.readouterr().err.count("; the training goes on") == 3


def test_nothing_is_left_in_the_folder_for_progress(tmp_path):
    launch(runs(tmp_path), HERE, "continue")
    assert nothing_in(tmp_path / ".progress")
