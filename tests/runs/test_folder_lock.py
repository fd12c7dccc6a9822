"""A folder has one writer: a second process is refused or waits."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrows.errors import Unwritable, UserError
from narrows.run import run
from narrows.runs.folder_lock import next_writer, only_writer
from support.configs import tiny

HOLD = """
import sys, time
from pathlib import Path
from narrows.runs.folder_lock import only_writer
with only_writer(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def held(folder: Path, seconds: float) -> subprocess.Popen:
    """Another process that has locked the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder, str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "locked\n"
    return process


def test_a_run_in_a_folder_that_another_process_writes_into_is_refused(tmp_path):
    process = held(tmp_path, 60)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(UserError, match=rf"hydra\.run\.dir={tmp_path}: another process is writing into it"):
        run(tiny(), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before
    process.kill()
    process.wait()
    with only_writer(tmp_path):  # a killed process holds nothing
        pass


def test_a_run_of_a_sweep_waits_and_says_so(tmp_path, capsys):
    process = held(tmp_path, 1)
    began = time.monotonic()
    with next_writer(tmp_path):
        assert time.monotonic() - began > 0.5
    assert "waiting, since a worker of an earlier sweep still trains this run" in capsys.readouterr().err
    process.wait()


@pytest.mark.parametrize("lock", [only_writer, next_writer])
def test_a_lock_that_cannot_be_written_is_named(tmp_path, lock):
    (tmp_path / ".lock").mkdir()
    with pytest.raises(Unwritable, match=rf"{tmp_path / '.lock'}: cannot be written: Is a directory"), lock(tmp_path):
        pass
