"""Images of another data set as anomalies."""

import pytest

from narrows.evaluation.other_dataset import other_dataset
from support.configs import data_folder
from support.linear import pca_autoencoder


def test_fashion_mnist_is_found_among_digits(monkeypatch, splits):
    monkeypatch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))
    metrics = other_dataset(pca_autoencoder(splits.train.pixels, 16), splits.train, splits.test, splits.val)
    assert metrics["foreign_auroc"] > 0.8
    assert metrics["foreign_share"] == pytest.approx(10_000 / 10_500)
