"""Sweeps on a Ray that they start: equal to fleets in this process; a defect, Ctrl-C and a killed worker. Slow."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from support import kills
from support.fleets import assert_equal_but_for_last_digits
from support.outcomes import script
from support.sweeps import SMALL, records

pytestmark = pytest.mark.slow
pytest.importorskip("ray", reason="an extra of its own, 80 MB: pip install 'narrows[ray]'")

AXES = ("model.bottleneck=2,3", "seed=range(3)", "model.activation=relu,tanh", "hydra.sweep.dir=study")
RAY = ("hydra.launcher.cluster=ray", "hydra.launcher.max_size=3")
LONG = (*SMALL, "trainer.max_epochs=40", *AXES)


@pytest.fixture(scope="module")
def here(tmp_path_factory) -> Path:
    """The folder of the sweep, trained in this machine's processes."""
    folder = tmp_path_factory.mktemp("here")
    assert script("train", "-m", *LONG, cwd=folder).status == 0
    return folder / "study"


def assert_equal_studies(folder: Path, other: Path) -> None:
    runs, others = records(folder), records(other)
    assert runs.keys() == others.keys()
    for name, expected in others.items():
        assert_equal_but_for_last_digits(runs[name], expected)


def begin(folder: Path) -> subprocess.Popen:
    command = [sys.executable, "-m", "narrows", "train", "-m", *LONG, *RAY]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for_a_checkpoint(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while not list(folder.glob("study/*/last.ckpt")):
        assert time.monotonic() < deadline, "no run has begun"
        time.sleep(0.05)


def test_its_runs_are_those_of_this_machine_also_after_ctrl_c(tmp_path, here):
    process = begin(tmp_path)
    wait_for_a_checkpoint(tmp_path)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 128 + signal.SIGINT, err
    assert "Traceback" not in err
    assert "interrupted" in {record.status for record in records(tmp_path / "study").values()}
    outcome = script("train", "-m", *LONG, *RAY, cwd=tmp_path)
    assert outcome.status == 0, outcome.err
    assert_equal_studies(tmp_path / "study", here)


def test_the_fleet_of_a_killed_worker_is_halved_and_continued(tmp_path, here):
    process = begin(tmp_path)
    wait_for_a_checkpoint(tmp_path)
    os.kill(a_worker_of(process.pid), signal.SIGKILL)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert "a worker was killed, perhaps out of memory: fleets of half the size" in err
    assert_equal_studies(tmp_path / "study", here)


def a_worker_of(pid: int) -> int:
    """A process that trains a fleet for the sweep with this process id."""
    workers = psutil.Process(pid).children(recursive=True)
    return next(worker.pid for worker in workers if "ray::_call" in " ".join(worker.cmdline()))


def test_a_defect_ends_the_sweep_with_its_traceback_in_the_logs(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(kills.HOOK), prepend=os.pathsep)
    for name, value in {"BELOW": str(tmp_path), "NAME": "last.ckpt", "AT": "0", "WHOM": "call"}.items():
        monkeypatch.setenv(f"NARROWS_KILL_{name}", value)
    outcome = script("train", "-m", *SMALL, *AXES, *RAY, cwd=tmp_path)
    assert outcome.status == 1
    assert "runs failed, which ends the sweep: KeyError: 'a defect'" in outcome.err
    failed = [name for name, record in records(tmp_path / "study").items() if record.status == "failed"]
    assert len(failed) >= 3
    assert all("Traceback" in (tmp_path / "study" / name / "run.log").read_text() for name in failed)
