"""Against what is known: the studies whose answer others have measured, and the subspace that PCA finds."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from narrows.data.sources import as_floats
from narrows.data.splits import split
from narrows.run import run
from narrows.runs import checkpoint
from support.configs import configure, data_folder

LINEAR = ("model=linear", "model.init=orthogonal", "schedule=cosine", "trainer=cpu", "logger=none")


def angles(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Principal angles in degrees between the spaces that the columns span."""
    cosines = np.linalg.svd(np.linalg.qr(one)[0].T @ np.linalg.qr(other)[0])[1]
    return np.degrees(np.arccos(cosines.clip(-1, 1)))


def test_a_linear_autoencoders_code_spans_pcas_subspace(tmp_path, digits):
    """Both the space that the decoder can reach and, over the images, the space of the codes themselves."""
    bottleneck = 6  # the seventh component has three quarters of the sixth's variance; eighth and ninth are near equal
    options = (*LINEAR, f"model.bottleneck={bottleneck}", "optimizer.lr=1e-2", "trainer.max_epochs=60")
    run(configure("data=mnist5k", *options), tmp_path)
    autoencoder, train = checkpoint.load(tmp_path / "best.ckpt"), split(digits, 500).train
    rows = train.pixels.flatten(1).numpy() / 255.0
    pca = PCA(bottleneck, svd_solver="covariance_eigh").fit(rows)
    with torch.no_grad():
        codes = autoencoder.encode(as_floats(train.pixels)).double().numpy()
        reached = autoencoder.decoder[0].weight.double().numpy()
    assert angles(reached, pca.components_.T).max() < 5
    assert angles(codes - codes.mean(0), pca.transform(rows)).max() < 5


def metrics(folder: object, *options: str) -> dict[str, float]:
    """The metrics of one run on MNIST's 60,000 training images."""
    where = f"data.root={data_folder('mnist')}"
    return run(configure(*options, where, "data.val_size=0", "trainer=cpu", "logger=none"), folder).metrics


@pytest.mark.slow
def test_the_linear_autoencoder_has_pcas_error(tmp_path):
    found = metrics(tmp_path, *LINEAR, "model.bottleneck=30", "trainer.max_epochs=20")
    assert found["test/sse"] == pytest.approx(13.87, rel=0.01)


@pytest.mark.slow
def test_logistic_pca_has_hintons_error(tmp_path):
    logistic = ("model=linear", "objective=bce", "model.output=sigmoid", "schedule=cosine", "model.bottleneck=30")
    assert metrics(tmp_path, *logistic, "trainer.max_epochs=50")["test/sse"] == pytest.approx(8.01, abs=0.15)


@pytest.mark.slow
def test_the_variational_autoencoder_has_the_bound_of_pytorchs_example(tmp_path):
    found = metrics(tmp_path, "study=published/pytorch_vae", "trainer.max_epochs=7")
    assert found["test/nelbo"] == pytest.approx(106.5, abs=1)
