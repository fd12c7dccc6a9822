"""`narrows.fit` is `narrows train` on arrays."""

import json
import os
import signal
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_iris

import narrows
from narrows.runs import record
from narrows.runs.run_folder import BEST, LAST
from narrows.training import fit as training
from support.few import FEW

#: Fields of a record that tell when, where and how fast a run was.
OCCASION = {"started", "seconds", "evaluation_seconds"}
ARGUMENTS = ("model.bottleneck=3", "seed=7", "trainer.max_epochs=2", "model.widths=[16]", "logger=none")


def recorded(folder: Path) -> dict:
    """The record without times and paths."""
    values = json.loads((folder / record.NAME).read_text())
    curves = {name: curve for name, curve in values["curves"].items() if "second" not in name}
    values["config"]["data"]["path"] = ""
    return {name: value for name, value in values.items() if name not in OCCASION} | {"curves": curves}


def weights(folder: Path, name: str = BEST) -> dict[str, torch.Tensor]:
    return torch.load(folder / name, weights_only=True)["state_dict"]


def assert_same_run(folder: Path, other: Path):
    assert recorded(folder) == recorded(other)
    for name in (BEST, LAST):
        here, there = weights(folder, name), weights(other, name)
        assert here.keys() == there.keys()
        assert all(torch.equal(here[key], there[key]) for key in here)


@pytest.mark.parametrize("array", ["bytes", "floats", "rows"])
def test_it_is_the_run_of_the_command_line(command, images, array):
    """The same record, and the same weights bit for bit, for each kind of array."""
    values = {"bytes": images, "floats": images / 255, "rows": images.reshape(len(images), -1).astype(np.float64)}[
        array
    ]
    np.save("data.npy", values)
    outcome = command("train", "data=arrays", "data.path=data.npy", *ARGUMENTS, "hydra.run.dir=typed")
    assert outcome.status == 0, outcome.err
    narrows.fit(values, bottleneck=3, seed=7, logger="none", path="called", **FEW)
    assert_same_run(Path("typed"), Path("called"))


def test_a_table_with_labels_is_the_run_of_its_file(command):
    """DataFrames and files of NumPy arrays hold the same numbers, labels and names of columns."""
    iris = load_iris(as_frame=True)
    species = iris.target_names[iris.target]
    np.savez("data.npz", X=iris.data, y=species, columns=np.array(iris.data.columns, dtype=str))
    arguments = ("data=arrays", "data.path=data.npz", "data.label=y", *ARGUMENTS, "evaluation=[reconstruction,probe]")
    assert command("train", *arguments, "hydra.run.dir=typed").status == 0
    knobs = FEW | {"evaluation": ["reconstruction", "probe"], "logger": "none"}
    trained = narrows.fit(iris.data, species, bottleneck=3, seed=7, path="called", **knobs)
    assert_same_run(Path("typed"), Path("called"))
    assert "test/probe" in trained.record.metrics


@pytest.mark.parametrize("kind", ["torch", "list", "frame"])
def test_other_kinds_of_arrays_are_the_same_data(images, kind):
    rows = images[:, ::7, ::7].reshape(len(images), -1).astype(np.float32)
    given = {"torch": torch.tensor(rows, requires_grad=True), "list": rows.tolist(), "frame": pd.DataFrame(rows)}[kind]
    expected, trained = narrows.fit(rows, **FEW), narrows.fit(given, **FEW)
    assert np.array_equal(expected.codes(rows), trained.codes(given))


def test_without_a_path_nothing_is_left_on_disk(images, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    (tmp_path / "working").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "working")
    trained = narrows.fit(images, **FEW)
    assert trained.record.status == "done"
    assert not [*tmp_path.glob("*/*")]


def test_with_a_path_the_folder_is_that_of_any_run(command, images):
    narrows.fit(images, path="run", **FEW)
    names = {path.name for path in Path("run").iterdir()}
    assert {"data.npy", record.NAME, BEST, LAST, "reconstructions.png"} <= names
    assert any(name.startswith("events.out.tfevents") for name in names)
    outcome = command("evaluate", f"checkpoint={Path('run') / BEST}")
    assert outcome.status == 0, outcome.err


def test_other_data_in_the_same_folder_are_read_anew(images, tmp_path):
    narrows.fit(images, path=tmp_path / "run", **FEW)
    trained = narrows.fit(others := images // 2, path=tmp_path / "run", **FEW)
    assert np.array_equal(np.load(tmp_path / "run" / "data.npy"), others)
    elsewhere = narrows.fit(others, **FEW)
    assert trained.record.metrics == elsewhere.record.metrics


def test_names_of_data_sets_and_paths_are_data(images, tmp_path):
    np.save(tmp_path / "mine.npy", images)
    assert narrows.fit(tmp_path / "mine.npy", **FEW).record.data.name == "mine.npy"
    assert narrows.fit("mnist5k", train_size=512, **FEW).record.data.name == "mnist5k"


def test_torch_is_left_as_it_was(images):
    torch.set_num_threads(2)
    try:
        narrows.fit(images, threads=1, **FEW)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_ctrl_c_is_that_of_python(images, monkeypatch):
    monkeypatch.setattr(training, "flushed", lambda: os.kill(os.getpid(), signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # processes in the background ignore the signal
    try:
        with pytest.raises(KeyboardInterrupt):
            narrows.fit(images, **FEW)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("keywords", "key", "value"),
    [
        ({"lr": 0.01}, ("optimizer", "lr"), 0.01),
        ({"optimizer__lr": 0.01}, ("optimizer", "lr"), 0.01),
        ({"optimizer.lr": np.float64(0.01)}, ("optimizer", "lr"), 0.01),
        ({"optimizer": {"lr": 0.01}}, ("optimizer", "lr"), 0.01),
        ({"optimizer": "sgd"}, ("optimizer", "name"), "sgd"),
        ({"widths": np.array([16, 8])}, ("model", "widths"), [16, 8]),
        ({"patience": None}, ("trainer", "patience"), None),
    ],
)
def test_keywords_are_knobs(images, keywords, key, value):
    section, name = key
    trained = narrows.fit(images, **(FEW | {"max_epochs": 1} | keywords))
    assert trained.config[section][name] == value
