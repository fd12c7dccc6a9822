"""Runs on data of the user's own."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer, load_wine

from narrows.config.schema import Config
from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.run import run
from support.own_data import (
    CHANGELOG,
    CPU,
    LINEAR,
    SUNSPOTS,
    configure_own,
    flowers,
    write_digits,
)


def made(digits, folder: Path, name: str) -> list[str]:
    """The overrides for a real data set of each kind, written into `folder` where no package ships it as it is."""
    if name == "csv":
        load_breast_cancer(as_frame=True).data.to_csv(folder / "cancer.csv", index=False)
        return [str(folder / "cancer.csv")]
    if name == "parquet":
        load_wine(as_frame=True).frame.to_parquet(folder / "wine.parquet")
        return [str(folder / "wine.parquet"), "data.label=target"]
    if name == "folder":
        return [str(write_digits(digits, folder / "png", 300))]
    if name == "npz":
        np.savez(folder / "x.npz", x=digits.train.pixels[:300, :, ::2, ::2].numpy() / 255.0)
        return [str(folder / "x.npz")]
    if name == "series":
        return [SUNSPOTS, "data.columns=[SUNACTIVITY]", "data.window=11", "data.batch_size=8"]
    return [CHANGELOG, "data.words=100"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet", "folder", "npz", "series", "texts"])
def test_a_linear_autoencoder_comes_to_pcas_error(digits, tmp_path, kind):
    path, *more = made(digits, tmp_path, kind)
    epochs = 200 if kind in ("csv", "folder", "texts") else 1000  # few images are few steps an epoch
    record = run(
        configure_own(path, *LINEAR, "data.val_size=0", f"trainer.max_epochs={epochs}", *more), tmp_path / "run"
    )
    assert record.metrics["test/mse"] == pytest.approx(record.metrics["pca/mse"], rel=0.03)
    assert ("test/psnr" in record.metrics) == (kind == "folder")  # decibels are of pixels
    assert (tmp_path / "run/reconstructions.png").stat().st_size > 0


def test_the_record_says_what_was_trained_on(flower_run):
    _, folder, record = flower_run
    assert record.data.model_dump(exclude={"checksum"}) == {
        "name": "iris.csv",
        "train": 108,
        "val": 12,
        "test": 30,
        "unit": "standardised numbers",
    }
    assert "standardised numbers" in record.summary()
    assert json.loads((folder / "record.json").read_text())["config"]["data"]["label"] == "species"


def test_pca_is_in_the_same_units(flower_run):
    config, _, record = flower_run
    splits = splits_of(config.data)
    rows = splits.train.pixels.flatten(1).double()
    rest = torch.linalg.svd(rows - rows.mean(0), full_matrices=False).Vh[2:]
    test = splits.test.pixels.flatten(1).double() - rows.mean(0)
    assert record.metrics["pca/mse"] == pytest.approx((test @ rest.T).square().sum().item() / 120, rel=1e-5)


def test_an_interrupted_run_goes_on_and_another_file_does_not(flower_run, table):
    config, folder, _ = flower_run
    longer = ("trainer.max_epochs=31", "run.resume=true", "data.label=species", "schedule=constant")
    with pytest.raises(UserError, match=r"schedule\.name"):
        run(configure_own(table, *LINEAR, *longer), folder)
    flowers().iloc[1:].to_csv(table, index=False)
    changed = Config.parse(config.model_dump() | {"run": {"resume": True}})
    with pytest.raises(UserError, match="checksum"):
        run(changed, folder)


def test_a_variational_code_on_windows_by_convolutions(tmp_path):
    more = ("data.columns=[SUNACTIVITY]", "data.window=10", "data.batch_size=8", "model=conv", "code=variational")
    record = run(
        configure_own(SUNSPOTS, *more, "model.output=linear", "trainer.max_epochs=1", "logger=tensorboard"), tmp_path
    )
    assert record.status == "done"
    assert "test/nelbo" in record.metrics


def test_a_sweep_over_files_of_ones_own_has_a_report(command, tmp_path, table):
    arguments = ["-m", "data=arrays", f"data.path={table}", "data.label=species", "model=linear", "seed=0,1", *CPU]
    arguments += ["trainer.max_epochs=1", f"hydra.sweep.dir={tmp_path}/sweep"]
    assert command("train", *arguments).status == 0
    page = (tmp_path / "sweep/report/report.html").read_text()
    assert "standardised numbers" in page and "pixels in [0, 1]" not in page
    assert "2 done already" in command("train", *arguments).out


def test_features_of_own_data_are_probed(table, tmp_path):
    few = ("data.batch_size=16", "trainer.max_epochs=2", "evaluation=[reconstruction,probe,neighbours,clusters]")
    result = run(
        configure_own(table, "model=linear", "data.label=species", "model.output=linear", *few), tmp_path / "run"
    )
    assert result.metrics["test/probe_pixels"] > 0.8  # flowers are told apart by their four lengths


@pytest.mark.parametrize("rows", [1, 2, 9, 10, 11])
def test_any_number_of_test_rows_is_drawn_and_evaluated(table, tmp_path, rows):
    options = (f"data.test_size={rows}", "data.label=species", "logger=tensorboard", "trainer.max_epochs=1")
    record = run(configure_own(table, *options, "evaluation=[reconstruction,smoothness,probe]"), tmp_path / "run")
    assert (record.status, record.data.test) == ("done", rows)
    assert all(np.isfinite(value) for value in record.metrics.values())


def test_the_projector_has_the_names_of_the_classes(table, tmp_path):
    frame = flowers()
    frame["species"] = frame["species"].replace("setosa", "iris\tsetosa")
    frame.to_csv(table, index=False)
    run(configure_own(table, "data.label=species", "logger=tensorboard", "trainer.max_epochs=1"), tmp_path / "run")
    head, *rows = (tmp_path / "run/projector/labels.tsv").read_text().splitlines()
    assert head.split("\t") == ["label", "squared error"]
    assert {row.split("\t")[0] for row in rows} == {"iris setosa", "versicolor", "virginica"}


def test_evaluations_of_two_classes_are_refused_for_one(table):
    probe = "evaluation=[reconstruction,probe]"
    one = ("data.label=species", "data.classes=[setosa]", "data.val_size=5")
    with pytest.raises(UserError, match="evaluation=probe: fits a classifier, which takes two classes"):
        configure_own(table, *one, probe)
    with pytest.raises(UserError, match="evaluation=few_labels: fits a classifier, which takes two classes"):
        few = ("data.label=species", "data.train_size=1", "data.batch_size=1")
        configure_own(table, *few, "evaluation=[reconstruction,few_labels]")


def test_a_fleet_says_what_was_taken_for_granted_once(command, tmp_path, table):
    arguments = ["-m", "data=arrays", f"data.path={table}", "data.label=species", "model=linear", "seed=0,1,2", *CPU]
    outcome = command("train", *arguments, "trainer.max_epochs=1", f"hydra.sweep.dir={tmp_path}/sweep")
    assert outcome.status == 0
    assert (outcome.out + outcome.err).count("the first row is read as the names of the columns") == 1
