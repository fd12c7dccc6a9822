"""Signs of memorising and copying, on autoencoders that are known to do neither, one or the other."""

import pytest
import torch

from narrows.data.sources import Images, as_floats
from narrows.data.splits import split
from narrows.evaluation.copying import FOREIGN, copying
from narrows.evaluation.memorisation import STARTS, memorisation
from narrows.evaluation.support.shared import pca
from narrows.models.autoencoder import Autoencoder
from support.configs import data_folder
from support.rows import autoencoder

NUMBERS = 8


@pytest.fixture(scope="module")
def images(digits) -> tuple[Images, Images]:
    train, _, test = split(digits, 500, 400)
    return train, test


@pytest.fixture(scope="module")
def linear(images) -> Autoencoder:
    """PCA as an autoencoder."""
    fitted = pca(images[0].pixels, NUMBERS)
    components, mean = (torch.from_numpy(part).float() for part in (fitted.components_, fitted.mean_))
    return autoencoder(lambda rows: (rows - mean) @ components.T, lambda codes: codes @ components + mean)


@pytest.fixture(scope="module")
def store(images) -> Autoencoder:
    """Answers with the nearest of its training images: a softmax over them, hard enough (Ramsauer et al. 2021)."""
    known = as_floats(images[0].pixels[:STARTS]).flatten(1)
    norms = known.square().sum(1) / 2
    return autoencoder(lambda rows: (2 * (rows @ known.T - norms)).softmax(1), lambda codes: codes @ known)


def test_pca_is_its_own_yardstick(linear, images):
    found = memorisation(linear, *images)
    assert found["gap"] == pytest.approx(found["gap_pca"], rel=1e-3)
    assert found["nearest"] == pytest.approx(found["nearest_pca"], rel=1e-4)
    assert found["radius"] == pytest.approx(1, abs=1e-4)  # a projection, whatever it is on
    assert found["attractors"] < 0.1


def test_a_store_of_training_images_shows_every_sign(store, images):
    train, test = images
    found = memorisation(store, train[:STARTS], test)
    assert found["gap"] > 0.03
    assert found["nearest"] < 0.1
    assert found["radius"] < 1
    assert found["attractors"] > 0.9


@pytest.fixture
def fashion(monkeypatch) -> None:
    monkeypatch.setenv("NARROWS_DATA_DIR", data_folder("fashion_mnist"))


def test_a_copy_has_no_error_on_foreign_images(images, fashion):
    found = copying(autoencoder(torch.positive, torch.positive), *images)
    assert all(found[f"mse_{kind}"] == 0 for kind in FOREIGN)


def test_foreign_images_through_pca_are_its_yardstick(linear, images, fashion):
    found = copying(linear, *images)
    for kind in FOREIGN:
        assert found[f"mse_{kind}"] == pytest.approx(found[f"mse_{kind}_pca"], rel=1e-4)


def test_foreign_images_keep_what_they_should(images):
    pixels = images[1].pixels[:50]
    inverted, shuffled, noise = (FOREIGN[kind](pixels) for kind in ("inverted", "shuffled", "noise"))
    assert torch.equal(255 - inverted, pixels)
    assert torch.equal(shuffled.flatten(1).sort(1).values, pixels.flatten(1).sort(1).values)
    assert not torch.equal(shuffled, pixels)
    assert noise.float().mean() == pytest.approx(pixels.float().mean().item(), rel=0.1)
