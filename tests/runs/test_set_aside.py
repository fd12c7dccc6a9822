"""An earlier run is set aside whole or not at all, and never overwrites another one."""

from contextlib import suppress
from pathlib import Path

import pytest

from narrows.runs import life_cycle, record
from narrows.runs.set_aside import COUNTER, set_aside
from support.configs import tiny

FILES = {"record.json": b"record", "best.ckpt": b"best", "last.ckpt": b"last"}


def write(folder: Path, mark: bytes) -> None:
    config = tiny()
    record.write(record.begin(config).model_copy(update={"status": "done", "error": mark.decode()}), folder)
    for name in ("best.ckpt", "last.ckpt"):
        (folder / name).write_bytes(FILES[name] + mark)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != COUNTER}


def test_record_and_checkpoints_get_the_same_number(tmp_path):
    write(tmp_path, b"1")
    before = contents(tmp_path)
    set_aside(tmp_path)
    assert contents(tmp_path) == {
        "record-1.json": before["record.json"],
        "best-1.aside": before["best.ckpt"],
        "last-1.aside": before["last.ckpt"],
    }


@pytest.mark.parametrize(
    "removed",
    [
        ["record-1.json"],
        ["record-1.json", "best-1.aside", "last-1.aside"],
        ["best-2.aside"],
        ["record-2.json", "best-2.aside", "last-2.aside"],
    ],
)
def test_a_number_is_not_used_again_when_the_user_removed_files(tmp_path, removed):
    for mark in (b"1", b"2"):
        write(tmp_path, mark)
        set_aside(tmp_path)
    for name in removed:
        (tmp_path / name).unlink()
    before = contents(tmp_path)
    write(tmp_path, b"3")
    set_aside(tmp_path)
    after = contents(tmp_path)
    assert before.items() <= after.items()
    assert set(after) - set(before) == {"record-3.json", "best-3.aside", "last-3.aside"}


class Killed(BaseException):
    pass


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("at", range(6))
def test_killed_anywhere_the_next_run_sets_all_of_it_aside_once(tmp_path, monkeypatch, at, links):
    write(tmp_path, b"1")
    before, steps = contents(tmp_path), iter(range(100))

    def dying(original):
        def step(*arguments, **options):
            if next(steps) == at:
                raise Killed
            return original(*arguments, **options)

        return step

    def no_links(*_: object) -> None:
        raise PermissionError("no hard links here")

    with monkeypatch.context() as patch:
        link = Path.hardlink_to if links else no_links
        for name, original in (("hardlink_to", link), ("rename", Path.rename), ("unlink", Path.unlink)):
            patch.setattr(Path, name, dying(original))
        with suppress(Killed):
            life_cycle.begin(tiny(), tmp_path, resume=False)
    life_cycle.begin(tiny(), tmp_path, resume=False)
    after = contents(tmp_path)
    assert after["record-1.json"] == before["record.json"]
    assert after["best-1.aside"] == before["best.ckpt"]
    assert after["last-1.aside"] == before["last.ckpt"]
    assert set(after) == {"record-1.json", "best-1.aside", "last-1.aside"}
    assert (tmp_path / COUNTER).read_text() == "1"
