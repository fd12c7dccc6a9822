"""Codes as real bytes, and the formats beside them."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import narrows
from narrows.evaluation.baselines.image_formats import formats
from narrows.evaluation.compression import STEPS, compression, curve, reach
from narrows.evaluation.support import codec
from narrows.evaluation.support.shared import codes, decoded
from support.linear import pca_autoencoder


@pytest.fixture
def normal() -> np.ndarray:
    return np.random.default_rng(0).normal([0, 5], [1, 3], (5000, 2)).astype(np.float32)


def test_what_is_decoded_are_the_codes_to_half_a_step(normal):
    steps = np.array([0.25, 0.5], np.float32)
    coder = codec.fit(normal, steps)
    again = coder.decode(coder.encode(normal), len(normal))
    assert (np.abs(again - normal) <= steps * 0.501).all()
    assert np.array_equal(coder.decode(coder.encode(again), len(normal)), again)


def test_the_bytes_are_within_a_percent_of_the_entropy(normal):
    """Of a rounded normal variable: log2(spread / step · √(2πe)) bits."""
    steps = np.array([0.25, 0.5], np.float32)
    bits = 8 * len(codec.fit(normal, steps).encode(normal)) / len(normal)
    entropy = np.log2(np.array([1, 3]) / steps * np.sqrt(2 * np.pi * np.e)).sum()
    assert bits == pytest.approx(entropy, rel=0.01)


def test_numbers_that_training_never_had_are_coded_as_the_nearest(normal):
    coder = codec.fit(normal, np.array([0.25, 0.5], np.float32))
    again = coder.decode(coder.encode(np.array([[100, -100]], np.float32)), 1)
    assert again == pytest.approx(np.array([[normal[:, 0].max(), normal[:, 1].min()]]), abs=0.5)


def test_a_number_that_never_varies_costs_nothing(normal):
    normal[:, 1] = 7
    coder = codec.fit(normal, np.array([0.25, 1e6], np.float32))
    alone = codec.fit(normal[:, :1], np.array([0.25], np.float32))
    assert len(coder.encode(normal)) <= len(alone.encode(normal[:, :1])) + 4


@pytest.mark.slow
def test_a_fresh_process_decodes_the_bytes_to_the_same_images(trained, splits, tmp_path):
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    seen, unseen = (codes(autoencoder, images.pixels) for images in (splits.train, splits.test))
    coder = codec.fit(seen, STEPS[1] / reach(seen, lambda code: decoded(autoencoder, code)))
    (tmp_path / "stream").write_bytes(coder.encode(unseen))
    coder.save(tmp_path / "codec.npz")
    program = (
        "import sys, narrows, torch; from pathlib import Path; from narrows.evaluation import codec\n"
        "from narrows.evaluation.shared import decoded\n"
        "torch.set_num_threads(1); folder = Path(sys.argv[1])\n"
        "code = codec.load(folder / 'codec.npz').decode((folder / 'stream').read_bytes(), int(sys.argv[3]))\n"
        "torch.save(decoded(narrows.load(sys.argv[2]), code), folder / 'images.pt')"
    )
    arguments = [str(tmp_path), str(trained.folder / "best.ckpt"), str(len(unseen))]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)
    here = decoded(autoencoder, coder.decode(coder.encode(unseen), len(unseen)))
    assert torch.equal(torch.load(tmp_path / "images.pt", weights_only=True), here)


def test_principal_components_as_a_code_cost_what_principal_components_do(splits):
    found = compression(pca_autoencoder(splits.train.pixels, 8), splits.train, splits.test)
    for step in (200, 100, 50, 25):
        for quantity in ("bpp", "mse"):
            name = f"compression_{step}_{quantity}"
            assert found[name] == pytest.approx(found[f"{name}_pca"], rel=0.02)
    weights = 4 * 9 * 784  # eight components and the mean
    assert weights < found["compression_model"] < 1.1 * weights
    assert found["compression_model"] == pytest.approx(found["compression_model_pca"], rel=0.01)


def test_finer_steps_cost_more_and_show_more(splits):
    autoencoder = pca_autoencoder(splits.train.pixels, 8)
    seen, unseen = (codes(autoencoder, images.pixels) for images in (splits.train, splits.test))
    found = curve(seen, unseen, lambda code: decoded(autoencoder, code), splits.test.pixels)
    rates, errors = ([found[f"{step}_{what}"] for step in (200, 100, 50, 25)] for what in ("bpp", "mse"))
    assert rates == sorted(rates) and errors == sorted(errors, reverse=True)


def test_reach_of_an_orthonormal_basis_is_the_same_for_each_number(splits):
    autoencoder = pca_autoencoder(splits.train.pixels, 8)
    autoencoder.output = torch.positive
    found = reach(
        codes(autoencoder, splits.train.pixels), lambda code: autoencoder.decode(torch.from_numpy(code)).detach()
    )
    assert found == pytest.approx(1 / 28, rel=1e-2)  # a unit vector's root mean square over 784 pixels


def test_formats_without_loss_lose_nothing_and_others_trade(splits):
    found = formats(splits.test.pixels)
    for name in ("jpeg", "webp"):
        rates = [found[f"{name}_{quality}_bpp"] for quality in (1, 5, 10, 25, 50, 75)]
        errors = [found[f"{name}_{quality}_mse"] for quality in (1, 5, 10, 25, 50, 75)]
        assert rates == sorted(rates) and errors == sorted(errors, reverse=True)
        assert errors[-1] < 0.001


@pytest.mark.slow
def test_formats_of_the_test_images_have_the_sizes_that_are_published(mnist):
    found = formats(mnist.test.pixels)
    sizes = {name: round(found[name], 3) for name in ("gzip_bpp", "png_bpp", "webp_lossless_bpp")}
    assert sizes == {"gzip_bpp": 1.635, "png_bpp": 2.796, "webp_lossless_bpp": 2.099}
