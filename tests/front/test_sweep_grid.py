"""`narrows.sweep` leaves what `narrows train -m` leaves; `narrows.study` opens it."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch

import narrows
from narrows.errors import UserError
from narrows.runs import record, study
from narrows.runs.run_folder import BEST
from support.few import FEW

GRID = {"bottleneck": [2, 3], "seed": range(2)}


@pytest.fixture(scope="module")
def folder(images, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sweep") / "study"
    narrows.sweep(images, GRID, path=folder, logger="none", **FEW)
    return folder


def test_it_is_the_study_of_the_command_line(command, folder):
    knobs = ("trainer.max_epochs=2", "model.widths=[16]", "logger=none")
    grid = ("model.bottleneck=2,3", "seed=0,1")
    data = ("data=arrays", f"data.path={folder / 'data.npy'}")
    outcome = command("train", "-m", *data, *knobs, *grid, "hydra.sweep.dir=typed")
    assert outcome.status == 0, outcome.err
    here, there = study.read(folder), study.read(Path("typed"))
    assert here.model_dump(exclude={"command"}) == there.model_dump(exclude={"command"})
    for run in here.runs:
        weights = [torch.load(place / run / BEST, weights_only=True)["state_dict"] for place in (folder, Path("typed"))]
        assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
        metrics = [record.read(place / run).metrics for place in (folder, Path("typed"))]
        assert metrics[0] == metrics[1]
        assert (folder / run / ".hydra" / "overrides.yaml").is_file()


def test_its_command_repeats_it(folder):
    command = study.read(folder).command
    assert command.startswith("narrows train -m data=arrays 'data.path=")
    assert "model.bottleneck=2,3 seed=0,1" in command


def test_runs_are_a_table(folder):
    frame = narrows.study(folder).frame
    assert sorted(zip(frame["model.bottleneck"], frame["seed"], strict=True)) == [(2, 0), (2, 1), (3, 0), (3, 1)]
    assert frame["test/mse"].notna().all()
    assert set(frame["status"]) == {"done"}


def test_best_is_by_validation_or_by_the_named_metric(folder):
    results = narrows.study(folder)
    validation = results.frame.set_index("run")["val/mse"]
    assert results.best().record.metrics["val/mse"] == validation.min()
    assert results.best("test/mse", highest=True).record.metrics["test/mse"] == results.frame["test/mse"].max()
    with pytest.raises(UserError, match="metric=test/msee: recorded by no run; choose from"):
        results.best("test/msee")


def test_runs_are_opened_by_name(folder, images):
    results = narrows.study(folder)
    assert len(results) == len(list(results)) == 4
    for name in results:
        width = results.study.runs[name]["model.bottleneck"]
        assert results[name].codes(images[:5]).shape == (5, width)
    with pytest.raises(KeyError):
        results["nobody"]


def test_the_report_is_written(folder):
    report = narrows.study(folder).report()
    assert report.page.is_file()
    assert "bottleneck" in str(report)


def test_a_sweep_again_trains_nothing(folder, images, capsys):
    narrows.sweep(images, GRID, path=folder, logger="none", **(FEW | {"progress": True}))
    assert "4 done already" in capsys.readouterr().out


def test_the_arrays_of_a_study_are_not_replaced(folder, images):
    before = (folder / "data.npy").read_bytes()
    with pytest.raises(UserError, match=r"holds a study of other data \(data\.npy\); name another folder"):
        narrows.sweep(images // 2, GRID, path=folder, logger="none", **FEW)
    assert (folder / "data.npy").read_bytes() == before


def test_without_a_path_the_study_lasts_as_long_as_its_object(images, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    results = narrows.sweep(images, {"seed": [0, 1]}, **FEW)
    assert results.folder.parent == tmp_path.resolve()
    assert len(results.frame) == 2
    del results
    assert not [*tmp_path.iterdir()]


def test_a_failed_run_is_in_the_table(images):
    with pytest.warns(UserWarning, match="some runs are not done"):
        results = narrows.sweep(images.astype(np.float32) / 255, {"optimizer.lr": [1e-3, 1e30]}, **FEW)
    by_rate = results.frame.set_index("optimizer.lr")
    assert by_rate["status"].to_dict() == {1e-3: "done", 1e30: "failed"}


def test_a_folder_without_a_study_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no study\.json in it"):
        narrows.study(tmp_path)


def test_a_data_set_is_swept_by_name(tmp_path):
    results = narrows.sweep("mnist5k", {"seed": [0, 1]}, path=tmp_path / "s", train_size=512, **FEW)
    assert set(results.frame["status"]) == {"done"}


def test_links_to_tensorboard_are_printed_for_a_folder_that_stays(images, tmp_path, capsys):
    for path, links in ((None, 0), (tmp_path / "study", 1)):
        narrows.sweep(images, {"bottleneck": [2]}, path=path, logger="none", **FEW | {"progress": True})
        assert capsys.readouterr().out.count("starts TensorBoard") == links


def test_without_progress_nothing_is_shown_in_a_notebook(images, monkeypatch):
    shown = []
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr("rich.jupyter.display", lambda *output: shown.append(output))
    narrows.sweep(images, {"bottleneck": [2]}, logger="none", **FEW)
    assert shown == []
