"""Whole sweeps as a user starts them: what they leave, and what the same command does again."""

import re
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from narrows.run import run
from narrows.runs import record, study
from support.sweeps import (
    AXES,
    FOLDER,
    NAMES,
    REPORT,
    SMALL,
    configs,
    everything,
    numbers,
    records,
    stamps,
)

# --- what a sweep leaves


def test_a_sweep_leaves_a_folder_with_a_record_for_each_run(swept):
    folder, _ = swept
    left = records(folder)
    assert sorted(left) == NAMES
    assert {one.status for one in left.values()} == {"done"}
    assert {name: one.fingerprint for name, one in left.items()} == {
        name: record.begin(config).fingerprint for name, config in configs(*AXES).items()
    }
    for name in NAMES:
        files = {path.name for path in (folder / name).iterdir()}
        assert {"best.ckpt", "last.ckpt", "reconstructions.png", "run.log", ".hydra"} <= files


def test_each_run_is_the_one_that_trains_alone(swept, tmp_path):
    for name, config in configs("model.bottleneck=3", "seed=0,1").items():
        alone = run(config, tmp_path / name)
        assert numbers(alone) == numbers(records(swept[0])[f"bottleneck-3_{name}"])


def test_the_study_is_written_down(swept):
    asked = study.read(swept[0])
    assert asked.axes == {"model.bottleneck": [2, 3], "seed": [0, 1]}
    assert asked.runs == {
        f"bottleneck-{b}_seed-{s}": {"model.bottleneck": b, "seed": s} for b in (2, 3) for s in (0, 1)
    }
    assert asked.command.startswith("narrows train -m ")
    assert all(argument.partition("=")[2].strip("[]") in asked.command for argument in (*SMALL, *AXES))


def test_the_report_is_written_at_the_end(swept):
    folder, outcome = swept
    assert {path.name for path in (folder / "report").iterdir()} >= REPORT
    assert any((folder / "summary").glob("events.out.tfevents.*"))
    assert outcome.out.splitlines()[0] == "4 runs: 4 to train"
    assert str(FOLDER / "report" / "report.html") in outcome.out.splitlines()
    assert len((folder / "report" / "runs.csv").read_text().splitlines()) == 5


def test_the_terminal_shows_one_line_of_progress_and_nothing_of_the_runs(swept):
    _, outcome = swept
    assert len(outcome.err.splitlines()) == 1
    assert "4 done, 0 failed, 0 left" in outcome.err


def test_nothing_lies_outside_the_studys_folder(swept):
    folder, _ = swept
    assert [path.name for path in folder.parents[1].iterdir()] == ["outputs"]
    assert {path.name for path in folder.iterdir()} == {
        *NAMES,
        "report",
        "summary",
        "study.json",
        ".lock",
        ".report.lock",
    }


# --- the same command again


@pytest.mark.parametrize("again", [AXES, AXES[::-1], ("seed=1,0", "model.bottleneck=3,2")])
def test_what_is_done_is_not_trained_again(sweep, done, again):
    before = stamps(done)
    outcome = sweep(*again)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0] == "4 runs: 4 done already"
    assert stamps(done) == before


def test_new_levels_train_only_what_is_new(sweep, done):
    before = stamps(done)
    outcome = sweep("model.bottleneck=2,3", "seed=0,1,2")
    assert outcome.status == 0
    assert outcome.out.splitlines()[0] == "6 runs: 4 done already; 2 to train"
    assert stamps(done).items() >= before.items()
    assert len(records(done)) == 6
    assert len((done / "report" / "runs.csv").read_text().splitlines()) == 7


def test_a_dry_sweep_tells_the_grid_and_an_estimate_and_touches_nothing(sweep, done):
    shutil.rmtree(done / NAMES[1])
    (done / NAMES[2] / "record.json").unlink()
    before = everything(Path())
    outcome = sweep(*AXES, "--dry")
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:4] == [
        f"{NAMES[0]}: done already",
        f"{NAMES[1]}: to train",
        f"{NAMES[2]}: to continue from its last checkpoint",
        f"{NAMES[3]}: done already",
    ]
    assert lines[4].startswith("4 runs: 2 done already; 1 to train; 1 to continue")
    assert re.fullmatch(rf"about \d+ seconds if trained one after the other, into {FOLDER}", lines[5])
    assert everything(Path()) == before


def test_a_dry_sweep_of_nothing_makes_no_folder(sweep):
    assert sweep(*AXES, "sweep.dry=true").status == 0
    assert not any(Path().iterdir())


def test_a_dry_sweep_names_what_is_refused(sweep):
    outcome = sweep("optimizer.lr=0.1,-1", "--dry")
    assert outcome.status == 0
    assert "lr--1: refused (optimizer.lr=-1: must be greater than 0)" in outcome.out
    assert not any(Path().iterdir())


def test_the_second_of_two_sweeps_says_so_and_stops(sweep, done):
    before = everything(done)
    with FileLock(done / ".lock"):
        outcome = sweep(*AXES)
    assert outcome.status == 2
    assert (
        outcome.line
        == f"error: hydra.sweep.dir={FOLDER}: another process is writing into it; wait for it or name another folder"
    )
    assert everything(done) == before
