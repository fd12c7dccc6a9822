"""Atomic writes: a file is complete or as it was before, and what a killed writer leaves is told by its name."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from narrows.errors import Interrupted
from narrows.runs.atomic_files import remove_partial_files, write_atomically, write_text_atomically


def test_a_file_is_replaced_by_what_was_written(tmp_path):
    path = tmp_path / "record.json"
    path.write_text("before")
    write_text_atomically(path, "after")
    assert path.read_text() == "after"
    assert [file.name for file in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize("error", [OSError("no space left on device"), Interrupted(signal.SIGTERM)])
def test_after_an_exception_the_file_is_as_before_and_no_temporary_is_left(tmp_path, error):
    path = tmp_path / "record.json"
    path.write_text("before")
    with pytest.raises(type(error)), write_atomically(path) as temporary:
        temporary.write_text("half of it")
        raise error
    assert path.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["record.json"]


def test_the_content_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    calls, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda number: (calls.append("fsync"), fsync(number)))
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("replace"), replace(*paths)))
    write_text_atomically(tmp_path / "record.json", "text")
    assert calls == ["fsync", "replace"]


def test_two_threads_that_write_the_same_file_do_not_mix(tmp_path):
    path, started = tmp_path / "record.json", threading.Barrier(2)

    def write(text: str) -> None:
        with write_atomically(path) as temporary:
            temporary.write_text(text)
            started.wait()

    threads = [threading.Thread(target=write, args=(letter * 1000,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in ("a" * 1000, "b" * 1000)
    assert len(list(tmp_path.iterdir())) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from narrows.runs.atomic_files import write_atomically
with write_atomically(Path(sys.argv[1])) as temporary:
    temporary.write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_leaves_is_hidden_recognisable_and_removed(tmp_path):
    path = tmp_path / "last.ckpt"
    path.write_text("before")
    done = subprocess.run([sys.executable, "-c", KILLED, path])
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "before"
    (left,) = set(tmp_path.iterdir()) - {path}
    assert left.name.startswith(".last.ckpt.") and left.suffix == ".partial"
    assert list(tmp_path.glob("*.ckpt")) == [path]
    remove_partial_files(tmp_path)
    assert list(tmp_path.iterdir()) == [path]
