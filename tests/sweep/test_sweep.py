"""Whole sweeps as a user starts them: what they leave, what they skip, and how they take failures and kills."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from narrows.config.schema import Config
from narrows.run import run
from narrows.runs import record, study
from support.configs import REPOSITORY
from support.outcomes import Outcome, script
from support.sweeps import SMALL, all_numbers, everything, grid, numbers, records, stamps

ONE_BY_ONE = (*SMALL, "hydra/launcher=basic")  # bit for bit as alone; for fleets see test_fleets.py
AXES = ("model.bottleneck=2,3", "seed=0,1")
FOLDER = Path("outputs/bottleneck-seed")  # where a multirun of these axes goes
NAMES = [f"bottleneck-{bottleneck}_seed-{seed}" for bottleneck in (2, 3) for seed in (0, 1)]
REPORT = {"report.html", "report.md", "table.tex", "runs.csv", "summary.csv", "differences.csv", "figures"}


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> tuple[Path, Outcome]:
    """The one sweep that most tests look at or go on from, run as its own process."""
    folder = tmp_path_factory.mktemp("swept")
    outcome = script("train.py", "-m", *ONE_BY_ONE, *AXES, cwd=folder)
    assert outcome.status == 0, outcome.err
    return folder / FOLDER, outcome


@pytest.fixture
def sweep(command):
    """`train.py -m` on small runs, in this process and in an empty folder."""

    def call(*arguments: str) -> Outcome:
        return command("train.py", "-m", *ONE_BY_ONE, *arguments)

    return call


@pytest.fixture
def done(sweep, swept) -> Path:
    """A copy of the finished sweep where the next call of `sweep` finds it."""
    shutil.copytree(swept[0], FOLDER)
    return FOLDER


def configs(*arguments: str) -> dict[str, Config]:
    return {job.name: job.config for job in grid(*SMALL, *arguments)[1]}


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


def test_another_configuration_is_told_and_trained_again_and_the_record_kept(sweep, done, tmp_path):
    before = {name: (done / name / "record.json").read_bytes() for name in NAMES}
    outcome = sweep(*AXES, "trainer.max_epochs=2")
    assert outcome.status == 0
    assert outcome.out.splitlines()[0].startswith("4 runs: 4 trained with another configuration, to train again")
    assert {name: (done / name / "record-1.json").read_bytes() for name in NAMES} == before
    assert {one.epochs for one in records(done).values()} == {2}
    alone = run(configs("seed=0", "trainer.max_epochs=2", "model.bottleneck=2")["run"], tmp_path / "alone")
    assert numbers(alone) == numbers(records(done)["bottleneck-2_seed-0"])
    assert not list(done.glob("*/record-2.json"))


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
    assert re.match(r"about \d+\.\d minutes of computing", lines[5])
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
        outcome = sweep(*AXES, "trainer.max_epochs=2")
    assert outcome.status == 2
    assert outcome.line == f"error: {FOLDER}: another sweep is at work in this folder; wait for it or choose another"
    assert everything(done) == before


# --- failures

GOOD, DIVERGING, REFUSED = "0.1", "1e9", "-1"
ARMS = ("model.output=linear", "optimizer=sgd")
THREE = (*ARMS, f"optimizer.lr={DIVERGING},{REFUSED},{GOOD}")


def told(outcome: Outcome) -> list[str]:
    return [text for text in outcome.err.splitlines() if text.startswith("not done: ")]


@pytest.fixture(scope="module")
def three_arms(tmp_path_factory) -> tuple[Path, Outcome]:
    """A sweep with one diverging arm, one out-of-range value and one good arm."""
    folder = tmp_path_factory.mktemp("three_arms")
    return folder, script("train.py", "-m", *ONE_BY_ONE, *THREE, cwd=folder)


def test_one_failing_run_does_not_stop_the_others(three_arms):
    folder, outcome = three_arms
    assert outcome.status == 1
    assert {name: one.status for name, one in records(folder / "outputs/lr").items()} == {
        "lr-1000000000.0": "failed",
        "lr--1": "failed",
        "lr-0.1": "done",
    }
    diverged, refused = told(outcome)
    where = r"not done: outputs/lr/lr-1000000000\.0: the loss became (nan|inf) in epoch 1, step \d+"
    assert re.fullmatch(where, diverged)
    assert refused == "not done: outputs/lr/lr--1: optimizer.lr=-1: must be greater than 0"
    assert outcome.out.splitlines()[0] == "3 runs: 2 to train; 1 refused"
    assert {path.name for path in (folder / "outputs/lr/report").iterdir()} >= REPORT


def test_what_a_run_says_is_in_its_log_and_not_on_the_terminal(three_arms):
    folder, outcome = three_arms
    assert "Traceback" not in outcome.err + outcome.out
    log = (folder / "outputs/lr/lr-1000000000.0/run.log").read_text()
    assert "Traceback" in log
    assert "the loss became" in log
    assert "Traceback" not in (folder / "outputs/lr/lr-0.1/run.log").read_text()


def test_what_failed_is_tried_again_and_what_is_done_is_not(sweep, three_arms):
    folder, first = three_arms
    shutil.copytree(folder / "outputs", "outputs")
    good = Path("outputs/lr/lr-0.1/record.json")
    before = good.stat().st_mtime_ns
    again = sweep(*THREE)
    assert again.status == 1
    assert again.out.splitlines()[0] == "3 runs: 1 done already; 1 failed before, to train again; 1 refused"
    assert told(again) == told(first)
    assert good.stat().st_mtime_ns == before


def test_stopping_at_the_first_failure_begins_no_further_run(sweep):
    arms = (*ARMS, f"optimizer.lr={GOOD},{DIVERGING},0.2")
    outcome = sweep(*arms, "sweep.on_error=stop")
    assert outcome.status == 1
    left = records(Path("outputs/lr"))
    assert {name: one.status for name, one in left.items()} == {"lr-0.1": "done", "lr-1000000000.0": "failed"}
    assert [text.rpartition(": ")[2] for text in told(outcome)][1:] == ["no record"]
    assert not list(Path("outputs/lr").glob("lr-0.2/*.ckpt"))
    assert sweep(*arms).status == 1  # the next call goes on
    assert [one.status for _, one in sorted(records(Path("outputs/lr")).items())] == ["done", "done", "failed"]


def test_data_that_is_not_there_fails_its_run_only(sweep, tmp_path):
    outcome = sweep("data=mnist5k,fashion_mnist", f"data.root={tmp_path / 'none'}")
    assert outcome.status == 1
    assert {name: one.status for name, one in records(Path("outputs/data")).items()} == {
        "data-mnist5k": "done",
        "data-fashion_mnist": "failed",
    }
    (line,) = told(outcome)
    assert "data=fashion_mnist: no source could be reached" in line


@pytest.mark.parametrize(
    ("axis", "part"),
    [("optimizer.lr=-1,-2", "optimizer.lr=-1"), ("model.activation=reluu,tanhh", "reluu"), ("foo=1,2", "foo")],
)
def test_a_grid_without_a_valid_run_is_one_line_and_writes_nothing(sweep, axis, part):
    outcome = sweep(axis)
    assert outcome.status == 2
    assert part in outcome.line
    assert outcome.out == ""
    assert not any(Path().iterdir())


def test_a_mistake_about_the_sweep_itself_is_one_line(sweep):
    outcome = sweep(*AXES, "optimizer.lr=interval(0,1)")
    assert (outcome.status, outcome.out) == (2, "")
    assert "an interval is no grid" in outcome.line
    assert not any(Path().iterdir())


def test_a_refused_run_keeps_the_earlier_record_aside(sweep):
    sweep("data.train_size=128,256")
    before = Path("outputs/train_size/train_size-128/record.json").read_bytes()
    outcome = sweep("data.train_size=128,256", "data.batch_size=200")
    assert outcome.status == 1
    left = records(Path("outputs/train_size"))
    assert {name: one.status for name, one in left.items()} == {"train_size-128": "failed", "train_size-256": "done"}
    assert Path("outputs/train_size/train_size-128/record-1.json").read_bytes() == before


def test_a_seed_that_is_none_is_refused_like_any_other_value(sweep):
    outcome = sweep("seed=0,abc")
    assert outcome.status == 1
    assert {name: one.status for name, one in records(Path("outputs/seed")).items()} == {
        "seed-0": "done",
        "seed-abc": "failed",
    }


# --- killed at any moment


def test_every_state_a_kill_can_leave_ends_in_the_same_records(sweep, done, swept):
    """Between training and record; while a checkpoint was written; before anything; and a damaged record."""
    kept = stamps(done / NAMES[3] / "..")
    (done / NAMES[0] / "record.json").unlink()
    (done / NAMES[1] / "record.json").unlink()
    (done / NAMES[1] / "last.ckpt").write_bytes((done / NAMES[1] / "last.ckpt").read_bytes()[:1000])
    (done / NAMES[2] / "record.json").write_text('{"status": "do')
    shutil.rmtree(done / "report")
    outcome = sweep(*AXES)
    assert outcome.status == 0, outcome.err
    assert outcome.out.splitlines()[0] == "4 runs: 1 done already; 3 to continue from its last checkpoint"
    assert all_numbers(done) == all_numbers(swept[0])
    assert {path: at for path, at in stamps(done).items() if NAMES[3] in path} == {
        path: at for path, at in kept.items() if NAMES[3] in path
    }
    assert {path.name for path in (done / "report").iterdir()} >= REPORT


def test_a_run_killed_between_epochs_goes_on_from_its_checkpoint(sweep, done, tmp_path):
    """The first of two epochs is there, and no record: as `kill -9` in the second one leaves it."""
    for path in done.glob("*/record.json"):
        path.unlink()
    begun = (done / NAMES[0] / "last.ckpt").stat().st_mtime_ns
    outcome = sweep(*AXES, "trainer.max_epochs=2")
    assert outcome.status == 0, outcome.err
    assert "to continue from its last checkpoint" in outcome.out
    assert (done / NAMES[0] / "last.ckpt").stat().st_mtime_ns > begun
    alone = {
        name: numbers(run(config, tmp_path / name)) for name, config in configs(*AXES, "trainer.max_epochs=2").items()
    }
    assert all_numbers(done) == alone


def test_a_checkpoint_of_another_configuration_is_not_continued(sweep, done, tmp_path):
    for path in done.glob("*/record.json"):
        path.unlink()
    assert sweep(*AXES, "optimizer.lr=0.01").status == 0
    (config,) = configs("optimizer.lr=0.01", "model.bottleneck=2", "seed=0").values()
    assert numbers(records(done)["bottleneck-2_seed-0"]) == numbers(run(config, tmp_path / "alone"))


#: Long enough to be hit in the middle, short enough to be finished.
LONG = (*ONE_BY_ONE, "trainer.max_epochs=15", "schedule=cosine", "seed=0,1,2")


def begin(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, REPOSITORY / "scripts" / "train.py", "-m", *LONG],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(path: Path, process: subprocess.Popen) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def test_sigterm_ends_a_sweep_with_143_and_the_next_call_goes_on(sweep, tmp_path):
    process = begin(Path.cwd())
    wait_for(Path("outputs/seed/seed-1/last.ckpt"), process)
    process.terminate()
    _, err = process.communicate()
    assert process.returncode == 143
    assert "Traceback" not in err
    assert "error: interrupted by signal 15" in err
    left = records(Path("outputs/seed"))
    assert {name: one.status for name, one in left.items()} == {"seed-0": "done", "seed-1": "interrupted"}
    before = stamps(Path("outputs/seed"))
    outcome = sweep(*LONG)
    assert outcome.out.splitlines()[0].startswith("3 runs: 1 done already; 1 to train; 1 to continue")
    assert outcome.status == 0
    after = stamps(Path("outputs/seed"))
    assert all(after[path] == before[path] for path in before if path.startswith("seed-0/"))
    _, *cut = configs(*LONG).items()
    for name, config in cut:
        assert numbers(records(Path("outputs/seed"))[name]) == numbers(run(config, tmp_path / name))


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("never_killed")
    return {name: numbers(run(config, folder / name)) for name, config in configs(*LONG).items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["study.json", "seed-0/last.ckpt", "seed-0/record.json", "seed-1/best.ckpt", "report"]
)
def test_killed_and_started_again_it_ends_as_if_never_killed(tmp_path, never_killed, moment):
    folder = tmp_path / "outputs" / "seed"
    process = begin(tmp_path)
    wait_for(folder / moment, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = {path: at for path, at in stamps(folder).items() if record.read((folder / path).parent)}
    outcome = script("train.py", "-m", *LONG, cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert all_numbers(folder) == never_killed
    assert stamps(folder).items() >= before.items()  # no run that was done was trained again
    assert not list(folder.glob("*/record-*.json"))
    assert {path.name for path in (folder / "report").iterdir()} >= REPORT
