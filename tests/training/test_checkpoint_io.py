"""What a run leaves when it cannot write a checkpoint, and how it is continued."""

from pathlib import Path

import pytest

from narrows.errors import DiskFull, Unwritable
from narrows.run import run
from narrows.runs import checkpoint, record
from support.configs import tiny
from support.full_disk import full_disk
from support.outcomes import checkpoint_of, same
from support.sweeps import numbers

FILES = {"best.ckpt", "last.ckpt", "record.json", ".lock"}


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("twin")
    run(tiny(), folder)
    return folder


def test_a_full_disk_leaves_whole_files_and_the_run_continues_when_there_is_room(tmp_path, twin):
    with full_disk("last.ckpt", after=1), pytest.raises(DiskFull) as error:
        run(tiny(), tmp_path)
    message = str(error.value)
    assert message.startswith(f"{tmp_path / 'last.ckpt'}: cannot be written: No space left on device (")
    assert "MB needed, " in message and message.endswith(" MB free)")
    assert checkpoint.read(tmp_path / "last.ckpt")["epoch"] == 0
    assert checkpoint.read(tmp_path / "best.ckpt")["epoch"] == 1
    assert {path.name for path in tmp_path.iterdir()} == FILES
    left = record.read(tmp_path)
    assert (left.status, left.error) == ("interrupted", message)
    assert numbers(run(tiny("run.resume=true"), tmp_path)) == numbers(record.read(twin))
    for name in ("last", "best"):
        assert same(checkpoint_of(tmp_path, name)["state_dict"], checkpoint_of(twin, name)["state_dict"])


@pytest.mark.parametrize("file", ["best.ckpt", "last.ckpt", "record.json", "reconstructions.png"])
def test_whatever_file_the_disk_is_full_for_the_run_continues(tmp_path, twin, file):
    with full_disk(file), pytest.raises(DiskFull, match=r"cannot be written: No space left on device \(.* MB free\)"):
        run(tiny(), tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".partial"]
    begun = (tmp_path / "best.ckpt").exists()
    assert numbers(run(tiny(*["run.resume=true"] * begun), tmp_path)) == numbers(record.read(twin))


def test_a_folder_that_is_removed_while_training_is_named_in_one_line(tmp_path, monkeypatch):
    folder, write = tmp_path / "run", checkpoint.write

    def removed(content: dict, path: Path) -> None:
        folder.rename(tmp_path / "elsewhere")
        write(content, path)

    monkeypatch.setattr("narrows.training.checkpoint_io.write", removed)
    with pytest.raises(Unwritable, match=rf"{folder / 'best.ckpt'}: cannot be written: No such file or directory"):
        run(tiny(), folder)
