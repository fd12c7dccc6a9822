"""Signs of memorising, on autoencoders that are known to memorise or not."""

import pytest

from narrows.data.sources import Images, as_floats
from narrows.data.splits import split
from narrows.evaluation.memorisation import STARTS, memorisation
from narrows.models.autoencoder import Autoencoder
from support.functions import autoencoder
from support.linear import pca_autoencoder


@pytest.fixture(scope="module")
def images(digits) -> tuple[Images, Images]:
    train, _, test = split(digits, 500, 400)
    return train, test


@pytest.fixture(scope="module")
def lookup(images) -> Autoencoder:
    """Returns the nearest of its training images: a steep softmax over them (Ramsauer et al. 2021)."""
    known = as_floats(images[0].pixels[:STARTS]).flatten(1)
    norms = known.square().sum(1) / 2
    return autoencoder(lambda rows: (2 * (rows @ known.T - norms)).softmax(1), lambda codes: codes @ known)


def test_pca_as_an_autoencoder_has_the_values_of_pca(images):
    metrics = memorisation(pca_autoencoder(images[0].pixels, 8), *images)
    assert metrics["gap"] == pytest.approx(metrics["gap_pca"], rel=1e-3)
    assert metrics["nearest"] == pytest.approx(metrics["nearest_pca"], rel=1e-4)
    assert metrics["radius"] == pytest.approx(1, abs=1e-4)  # a projection
    assert metrics["attractors"] < 0.1


def test_a_lookup_of_training_images_shows_every_sign(lookup, images):
    train, test = images
    metrics = memorisation(lookup, train[:STARTS], test)
    assert metrics["gap"] > 0.03
    assert metrics["nearest"] < 0.1
    assert metrics["radius"] < 1
    assert metrics["attractors"] > 0.9
