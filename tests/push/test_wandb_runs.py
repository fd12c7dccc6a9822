"""`narrows push --to wandb`, offline."""

import json
import struct
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from narrows.runs import record
from support.made_up_study import make, noisy
from support.packages import needs

needs("wandb")

BLOCK, WHOLE, LAST = 32768, 1, 4


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where Weights & Biases keeps runs offline."""
    import wandb

    (tmp_path / "tracker").mkdir()
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path / "tracker"))
    wandb.teardown()
    yield tmp_path / "tracker" / "wandb"
    wandb.teardown()


@pytest.fixture
def study(tmp_path):
    return make(tmp_path / "study", {"model.bottleneck": [2, 4]}, noisy)


def pushed(command, study, *arguments: str) -> str:
    outcome = command("push", str(study), "--to", "wandb", *arguments)
    assert outcome.status == 0, outcome.err
    return outcome.out


def entries(file) -> Iterator[bytes]:
    """The entries of a file of a run offline: 7 bytes, then LevelDB's log format, which it reads in Go only."""
    content, position, parts = file.read_bytes(), 7, b""
    while position + 7 <= len(content):
        if BLOCK - position % BLOCK < 7:  # the rest of a block is empty
            position += BLOCK - position % BLOCK
            continue
        length, kind = struct.unpack_from("<HB", content, position + 4)
        parts += content[position + 7 : position + 7 + length]
        position += 7 + length
        if kind in (WHOLE, LAST):
            yield parts
            parts = b""


def stored(file) -> dict:
    """The last value of each number and the history that a file of a run offline holds."""
    import wandb
    from wandb.proto.wandb_internal_pb2 import Record

    wandb.teardown()  # ends the process that writes the files, as the end of the program does
    content: dict = {"summary": {}, "history": []}
    for data in entries(file):
        entry = Record()
        entry.ParseFromString(data)
        for item in entry.summary.update:
            content["summary"][item.key or ".".join(item.nested_key)] = json.loads(item.value_json)
        if entry.history.item:
            row = {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in entry.history.item}
            content["history"].append(row | {"_step": entry.history.step.num})
    return content


def folders(folder) -> list:
    return sorted(folder.glob("offline-run-*"))


def test_records_and_curves_arrive(command, folder, study):
    assert "made_up: 2 pushed; offline in" in pushed(command, study)
    contents = [stored(path) for path in folder.glob("offline-run-*/*.wandb")]
    for name in ("run0", "run1"):
        original = record.read(study / name)
        (content,) = [each for each in contents if each["summary"].get("test/mse") == original.metrics["test/mse"]]
        losses = {row["_step"]: row["train/loss"] for row in content["history"] if "train/loss" in row}
        assert losses == dict(enumerate(original.curves["train/loss"], 1))


def test_pushing_twice_makes_no_second_run(command, folder, study):
    pushed(command, study)
    before = folders(folder)
    assert "made_up: 2 unchanged;" in pushed(command, study)
    assert folders(folder) == before
    pushed(command, study, "--project", "other")  # another project has none of them
    assert len(folders(folder)) == 2 * len(before)


def test_an_added_evaluation_goes_to_the_run_of_the_same_id_without_its_curves(command, folder, study):
    pushed(command, study)
    before = folders(folder)
    changed = record.read(study / "run0")
    changed.metrics["test/probe"] = 0.5
    record.write(changed, study / "run0")
    assert "made_up: 1 updated, 1 unchanged;" in pushed(command, study)
    (new,) = set(folders(folder)) - set(before)
    (file,) = new.glob("*.wandb")
    assert any(path.name.split("-")[3] == new.name.split("-")[3] for path in before)
    content = stored(file)
    assert content["summary"]["test/probe"] == 0.5
    assert not [row for row in content["history"] if "train/loss" in row]
    assert "made_up: 2 unchanged;" in pushed(command, study)


@pytest.mark.parametrize(("config", "content"), [({"narrows.content": "c"}, "c"), ({}, ""), (None, None)])
def test_a_server_is_asked_for_what_was_pushed_before(monkeypatch, config, content):
    """A run that another program made has no checksum: it is updated. None is a run that is not there."""
    import wandb

    from narrows.push import wandb_runs

    class Api:
        def run(self, path: str):
            assert path == "widths/0123"
            if config is None:
                raise wandb.CommError("not found")
            return SimpleNamespace(config=config)

    monkeypatch.setattr(wandb, "Api", Api)
    assert wandb_runs._content("widths", "0123", offline=False) == content
