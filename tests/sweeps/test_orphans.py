"""Workers whose main process was killed end when their work has."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.configs import REPOSITORY
from support.sweeps import SMALL

#: Two workers, whose first task of ours begins when the main process is gone.
TASKS = """
import os, sys, time
from multiprocessing import parent_process
from pathlib import Path
from joblib import Parallel, delayed
from narrows.sweeps.orphans import ends_with_its_parent

def task(folder):
    (folder / str(os.getpid())).touch()
    while os.getppid() == parent_process().pid:
        time.sleep(0.05)
    with ends_with_its_parent():
        pass

Parallel(2)(delayed(task)(Path(sys.argv[1])) for _ in range(2))
"""


def test_a_worker_ends_whose_first_task_begins_after_its_main_process_was_killed(tmp_path):
    (tmp_path / "workers").mkdir()
    main = subprocess.Popen([sys.executable, "-c", TASKS, tmp_path / "workers"], stderr=subprocess.DEVNULL)
    _wait(lambda: len(list((tmp_path / "workers").iterdir())) == 2)
    workers = [int(path.name) for path in (tmp_path / "workers").iterdir()]
    main.kill()
    main.wait()
    _wait(lambda: not any(map(_runs, workers)))


LAUNCHERS = {
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "seed=0,1,2"),
    "fleets": ("hydra.launcher.processes=2", "model.activation=relu,tanh"),
}


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_the_workers_of_a_killed_multirun_end(tmp_path, launcher):
    arguments = ["-m", *SMALL, *LAUNCHERS[launcher], "trainer.max_epochs=20", "hydra.sweep.dir=study"]
    command = [sys.executable, REPOSITORY / "scripts" / "train.py", *arguments]
    main = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True)
    _wait(lambda: list(tmp_path.glob("study/*/last.ckpt")) or main.poll() is not None)
    assert main.poll() is None
    os.kill(main.pid, signal.SIGKILL)
    main.wait()
    assert _session(main.pid)  # of which some train
    _wait(lambda: not _session(main.pid))


def _wait(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def _session(number: int) -> list[int]:
    """The processes of a session."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [pid for pid in pids if _runs(pid) and _session_of(pid) == number]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie, which has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False
