"""Printing where nobody reads, where the disk is full, and in ASCII: the work goes on."""

import os
import subprocess
import sys

import pytest

from support.outcomes import script
from support.sweeps import SMALL

PRINTS = """
from narrows.app.output import lasting_output
with lasting_output():
    for number in range(20000):
        print("2 × 3 … 4 – 5 ☃ −6 ± 1 × 10⁻³ 10¹²")
    open("done", "w").close()
"""


def run(cwd, stdout=subprocess.PIPE, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", PRINTS], cwd=cwd, stdout=stdout, stderr=subprocess.PIPE, env=os.environ | environment
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_when_nobody_reads_the_work_goes_on_and_ends_quietly(tmp_path, unbuffered):
    read, written = os.pipe()
    os.close(read)
    done = run(tmp_path, written, PYTHONUNBUFFERED=unbuffered)
    os.close(written)
    assert (done.returncode, done.stderr) == (141, b"")
    assert (tmp_path / "done").exists()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_when_the_disk_is_full_the_work_goes_on_and_one_line_says_so(tmp_path, unbuffered):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = run(tmp_path, full, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    assert done.stderr == b"error: the output cannot be written: No space left on device; the work is done\n"
    assert (tmp_path / "done").exists()


def test_in_ascii_what_has_no_letter_is_spelt(tmp_path):
    done = run(tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert set(done.stdout.splitlines()) == {b"2 x 3 ... 4 - 5 ? -6 +- 1 x 10^-3 10^12"}


ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def test_a_study_trains_in_an_ascii_locale(tmp_path):
    outcome = script("train", "-m", *SMALL, "logger=tensorboard", "seed=0,1", cwd=tmp_path, **ASCII)
    assert outcome.status == 0, outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_with_closed_streams_the_work_goes_on_and_nothing_is_printed_into_a_file(tmp_path, closed):
    """A file that is opened later must not get the number of a closed stream."""
    program = PRINTS.replace('open("done", "w")', 'open("done", "w", buffering=1)')
    command = f'"{sys.executable}" -c "$PROGRAM" {closed}'
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=os.environ | {"PROGRAM": program})
    assert done.returncode == 0
    assert (tmp_path / "done").read_bytes() == b""
