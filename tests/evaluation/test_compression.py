"""Rate and distortion of quantised codes."""

from itertools import pairwise

import pytest
import torch

from narrows.evaluation.coding.rate_distortion import STEPS, rate_distortion, sensitivity, thousandths
from narrows.evaluation.compression import compression, weights
from narrows.evaluation.support.encoding import codes, decoded
from narrows.models.heads import Pointwise
from narrows.training.make import make_module
from support.configs import tiny
from support.linear import pca_autoencoder

KINDS = [("model.tied=true",), (), ("model.norm=batch",)]
STEP_NAMES = [thousandths(step) for step in STEPS]


def test_principal_components_as_a_code_cost_as_much_as_pca(splits):
    metrics = compression(pca_autoencoder(splits.train.pixels, 8), splits.train, splits.test)
    for step in STEP_NAMES:
        for quantity in ("bpp", "mse"):
            name = f"compression_{step}_{quantity}"
            assert metrics[name] == pytest.approx(metrics[f"{name}_pca"], rel=0.02)
    weights = 4 * 9 * 784  # eight components and the mean
    assert weights < metrics["compression_model"] < 1.1 * weights
    assert metrics["compression_model"] == pytest.approx(metrics["compression_model_pca"], rel=0.01)


def test_finer_steps_take_more_bits_and_have_a_lower_error(splits):
    autoencoder = pca_autoencoder(splits.train.pixels, 8)
    train, test = (codes(autoencoder, images.pixels) for images in (splits.train, splits.test))
    metrics = rate_distortion(train, test, lambda code: decoded(autoencoder, code), splits.test.pixels)
    rates, errors = ([metrics[f"{step}_{quantity}"] for step in STEP_NAMES] for quantity in ("bpp", "mse"))
    assert rates == sorted(rates) and errors == sorted(errors, reverse=True)


def test_the_sensitivity_of_an_orthonormal_basis_is_the_same_for_each_number(splits):
    autoencoder = pca_autoencoder(splits.train.pixels, 8)
    autoencoder.output = Pointwise("linear")
    changes = sensitivity(
        codes(autoencoder, splits.train.pixels), lambda code: autoencoder.decode(torch.from_numpy(code)).detach()
    )
    assert changes == pytest.approx(1 / 28, rel=1e-2)  # a unit vector's root mean square over 784 pixels


def test_weights_that_the_decoder_shares_with_the_encoder_count(splits):
    tied, untied, normed = (make_module(tiny(*kind), splits).autoencoder.decoder for kind in KINDS)
    units = sum(layer.num_features for layer in normed.modules() if isinstance(layer, torch.nn.BatchNorm1d))
    assert weights(tied) == weights(untied) == sum((a + 1) * b for a, b in pairwise([3, 12, 64, 128, 784]))
    assert weights(normed) == weights(untied) + 3 * units  # scale, mean and variance; its shift takes the bias's place
