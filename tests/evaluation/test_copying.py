"""Errors on foreign images, of autoencoders that are known to copy or not."""

import pytest
import torch

from narrows.data.sources import Images
from narrows.data.splits import split
from narrows.evaluation.copying import copying
from narrows.evaluation.support.foreign_images import FOREIGN
from support.configs import data_folder
from support.functions import autoencoder
from support.linear import pca_autoencoder


@pytest.fixture(scope="module")
def images(digits) -> tuple[Images, Images]:
    train, _, test = split(digits, 500, 400)
    return train, test


@pytest.fixture
def fashion(monkeypatch) -> None:
    monkeypatch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))


def test_the_identity_has_no_error_on_foreign_images(images, fashion):
    metrics = copying(autoencoder(torch.positive, torch.positive), *images)
    assert all(metrics[f"mse_{kind}"] == 0 for kind in FOREIGN)


def test_pca_as_an_autoencoder_has_the_errors_of_pca(images, fashion):
    metrics = copying(pca_autoencoder(images[0].pixels, 8), *images)
    for kind in FOREIGN:
        assert metrics[f"mse_{kind}"] == pytest.approx(metrics[f"mse_{kind}_pca"], rel=1e-4)


def test_foreign_images_keep_the_statistics_that_they_should(images):
    pixels = images[1].pixels[:50]
    inverted, shuffled, noise = (FOREIGN[kind](pixels) for kind in ("inverted", "shuffled", "noise"))
    assert torch.equal(255 - inverted, pixels)
    assert torch.equal(shuffled.flatten(1).sort(1).values, pixels.flatten(1).sort(1).values)
    assert not torch.equal(shuffled, pixels)
    assert noise.float().mean() == pytest.approx(pixels.float().mean().item(), rel=0.1)
