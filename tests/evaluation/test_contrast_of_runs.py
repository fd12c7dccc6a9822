"""Runs on images of normalised contrast: alone, in a fleet, and by everything that reads their checkpoints."""

import numpy as np
import pytest
import torch

import narrows
from narrows.data.preparation import Preparation
from narrows.data.splits import splits_of
from narrows.evaluation.baselines.detectors import nearest_distances, pca_residuals
from narrows.evaluation.evaluate import evaluate, evaluate_trained
from narrows.evaluation.support.detection import ranking
from narrows.report.figures.reconstructions import reconstructed
from narrows.run import run
from narrows.runs import checkpoint
from narrows.runs.record import read
from narrows.stats import grid as grids
from narrows.sweeps.train_fleet import train
from support.configs import configure
from support.outcomes import same, weights_of
from support.packages import needs

ONE_CLASS = ("data=mnist5k", "data.classes=[0]", "data.val_size=50", "data.contrast=l1", "trainer.max_epochs=2")
SMALL = ("model.widths=[32]", "model.bottleneck=4", "trainer=cpu", "logger=none")
NAMES = ["reconstruction", "anomaly"]


def prepared(folder, pixels: torch.Tensor) -> torch.Tensor:
    """Bytes (N, C, H, W) as the run in this folder was trained on them."""
    return Preparation(**checkpoint.card(folder / "best.ckpt")["preparation"])(pixels)


@torch.no_grad()
def rebuilt(folder, pixels: torch.Tensor) -> torch.Tensor:
    """The reconstructions of bytes by the run in this folder."""
    return narrows.load(folder / "best.ckpt").reconstruct(prepared(folder, pixels))


@pytest.fixture(scope="module")
def of_zeros(tmp_path_factory):
    """A run on zeros, and its record."""
    folder = tmp_path_factory.mktemp("contrast") / "run"
    config = configure(*ONE_CLASS, *SMALL, f"evaluation=[{','.join(NAMES)}]")
    return config, folder, run(config, folder)


def test_the_baselines_see_the_same_images(of_zeros):
    config, _, record = of_zeros
    splits = splits_of(config.data)
    normal = splits.test.labels == 0
    for name, scores in {
        "pca": pca_residuals(splits.train.pixels, 4, splits.test.pixels),
        "neighbour": nearest_distances(splits.train.pixels, splits.test.pixels),
    }.items():
        area = ranking(scores[normal], scores[~normal])["auroc"]
        assert record.metrics[f"test/anomaly_auroc_{name}"] == pytest.approx(area, abs=1e-6)
    assert record.data.unit == "contrast-normalised pixels"
    assert "test/psnr" not in record.metrics  # which is of pixels with a greatest value


def test_a_checkpoint_has_the_metrics_of_its_run(of_zeros):
    config, folder, record = of_zeros
    metrics = evaluate(folder / "best.ckpt", "mnist5k", "", samples=1, names=NAMES)
    assert metrics.items() <= record.metrics.items() and "test/anomaly_auroc" in metrics
    later = evaluate_trained(folder / "best.ckpt", NAMES, config.data, torch.device("cpu"))
    assert later.items() <= record.metrics.items()


def test_another_data_set_is_scaled_by_the_constants_of_training(of_zeros, few_mnist, tmp_path):
    _, folder, _ = of_zeros
    few_mnist.put(tmp_path)
    metrics = evaluate(folder / "best.ckpt", "mnist", f"{tmp_path}", samples=1, names=["reconstruction"])
    squares = (rebuilt(folder, few_mnist.test.pixels) - prepared(folder, few_mnist.test.pixels)).square()
    assert metrics["test/mse"] == pytest.approx(squares.mean().item(), rel=1e-5)


def test_members_of_a_fleet_are_runs_alone_bit_for_bit(of_zeros, tmp_path):
    config, folder, record = of_zeros
    values = config.model_dump()
    other = type(config).parse(values | {"seed": 1, "model": values["model"] | {"bottleneck": 6}})
    train([config, other], [tmp_path / "0", tmp_path / "1"], 0, 1, "stop")
    assert same(weights_of(tmp_path / "0"), weights_of(folder))
    assert read(tmp_path / "0").metrics == record.metrics
    run(other, tmp_path / "alone")
    assert same(weights_of(tmp_path / "1"), weights_of(tmp_path / "alone"))


def test_arrays_of_pixels_go_in_and_normalised_ones_come_out(of_zeros, digits):
    _, folder, _ = of_zeros
    trained, pixels = narrows.open(folder), digits.test.pixels[:20]
    expected = rebuilt(folder, pixels)[:, 0].numpy()
    assert np.array_equal(trained.reconstruct(pixels[:, 0].numpy()), expected)
    assert np.allclose(trained.reconstruct(pixels[:, 0].numpy() / 255), expected, atol=1e-5)
    errors = ((expected - prepared(folder, pixels)[:, 0].numpy()) ** 2).mean((1, 2))
    assert np.allclose(trained.errors(pixels[:, 0].numpy()), errors, rtol=1e-5)


def test_pictures_and_a_report_are_drawn(command, digits, tmp_path):
    axes = ("data.contrast=none,l1", "model.bottleneck=4")
    small = [argument for argument in (*ONE_CLASS, *SMALL) if not argument.startswith(("data.contrast", "model.bott"))]
    outcome = command("train", "-m", *small, *axes, f"hydra.sweep.dir={tmp_path}/study")
    assert outcome.status == 0, outcome.err
    grid = grids.read(tmp_path / "study")
    assert all((folder / "reconstructions.png").is_file() for folder in grid.folders.values())
    runs = {record.config["data"]["contrast"]: name for name, record in grid.records.items()}
    rows = {axis.get_ylabel(): axis.images[0].get_array() for axis in reconstructed(grid, runs).axes}
    assert list(rows) == ["original", "none", "l1"]
    shown = torch.tensor([int((digits.test.labels == label).nonzero()[0]) for label in range(10)])
    assert np.array_equal(rows["original"], np.hstack([*digits.test.pixels[shown, 0].numpy()]))
    normalised = rebuilt(grid.folders[runs["l1"]], digits.test.pixels[shown])
    assert np.array_equal(rows["l1"], np.hstack([*(255 * normalised[:, 0]).round().byte().numpy()]))
    assert command("report", f"{tmp_path}/study").status == 0
    assert "contrast-normalised pixels" in (tmp_path / "study/report/report.html").read_text()


@pytest.mark.parametrize("to", ["torch", "onnx"])
def test_the_graph_of_an_export_normalises(command, of_zeros, digits, to, tmp_path):
    """The command compares the files with the original."""
    if to == "onnx":
        needs("onnx")
    _, folder, _ = of_zeros
    outcome = command("export", f"{folder}", "--to", to, "--out", f"{tmp_path}/files")
    assert outcome.status == 0, outcome.err
    if to == "torch":
        pixels = digits.test.pixels[:3]
        exported = torch.export.load(tmp_path / "files/autoencoder.pt2").module()(pixels)
        torch.testing.assert_close(exported, rebuilt(folder, pixels))
    assert "normalise their contrast" in (tmp_path / "files/README.md").read_text()
