"""Evaluation of a checkpoint."""

import pytest
import torch

from narrows.errors import UserError
from narrows.evaluation.evaluate import evaluate
from support.configs import data_folder


def test_a_checkpoint_has_the_metrics_of_its_run(trained):
    metrics = evaluate(trained.folder / "best.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])
    assert metrics.keys() == {"test/mse", "test/sse", "test/psnr"}
    assert metrics.items() <= trained.record.metrics.items()


def test_a_checkpoint_is_evaluated_on_other_data(trained):
    root = data_folder("fashion_mnist")
    metrics = evaluate(trained.folder / "best.ckpt", "fashion_mnist", root, samples=1, names=["reconstruction"])
    assert metrics["test/mse"] != trained.record.metrics["test/mse"]


def test_images_of_another_shape_are_refused(trained, tmp_path):
    content = torch.load(trained.folder / "best.ckpt", weights_only=True)
    content["narrows"]["shape"] = [1, 14, 56]  # as many pixels, so that only the shape tells
    torch.save(content, tmp_path / "wide.ckpt")
    with pytest.raises(UserError, match=r"data=mnist5k: its images are \(1, 28, 28\), .* trained on \(1, 14, 56\)"):
        evaluate(tmp_path / "wide.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])
