"""Sweeps that are killed or interrupted at any moment: the next call ends as if they never were."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrows.run import run
from narrows.runs import record
from support.configs import REPOSITORY
from support.outcomes import script
from support.sweeps import (
    AXES,
    NAMES,
    ONE_BY_ONE,
    REPORT,
    all_numbers,
    configs,
    numbers,
    records,
    stamps,
)


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
    (done / "study.json").unlink()  # of one epoch
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
    (done / "study.json").unlink()
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
    outcome = script("train", "-m", *LONG, cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert all_numbers(folder) == never_killed
    assert stamps(folder).items() >= before.items()  # no run that was done was trained again
    assert not list(folder.glob("*/record-*.json"))
    assert {path.name for path in (folder / "report").iterdir()} >= REPORT
