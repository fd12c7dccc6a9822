"""Errors of reconstructions that are known."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import narrows
from narrows.data.sources import as_floats
from narrows.evaluation.support.reconstruction_errors import errors, squared_errors
from narrows.models.autoencoder import Autoencoder
from support.functions import autoencoder


def always(image: torch.Tensor) -> Autoencoder:
    """The autoencoder that reconstructs every image as this one."""
    return autoencoder(torch.positive, lambda codes: image.flatten().expand(len(codes), -1))


@given(count=st.integers(1, 30), value=st.floats(-1, 2, width=32))
def test_errors_are_the_formulas(digits, count, value):
    pixels = digits.test.pixels[:count]
    squares = np.square(pixels.numpy() / 255 - value).reshape(count, -1)
    metrics = errors(always(torch.full((1, 28, 28), value)), pixels)
    assert metrics["mse"] == pytest.approx(squares.mean(), rel=1e-5)
    assert metrics["sse"] == pytest.approx(squares.sum(1).mean(), rel=1e-5)
    assert metrics["psnr"] == pytest.approx((10 * np.log10(1 / squares.mean(1))).mean(), rel=1e-5, abs=1e-4)


def test_the_mean_is_over_images_and_not_over_batches(trained, digits):
    """1,007 images are two batches, the second of 7 images."""
    best, pixels = narrows.load(trained.folder / "best.ckpt"), digits.train.pixels[:1007]
    together = squared_errors(best, pixels)
    apart = torch.cat([squared_errors(best, pixels[i : i + 19]) for i in range(0, 1007, 19)])
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=0)
    assert together.dtype == torch.float64
    assert errors(best, pixels)["mse"] == pytest.approx(together.mean().item())


def test_errors_leave_no_gradient_and_draw_no_random_number(trained, digits):
    best, before = narrows.load(trained.folder / "best.ckpt"), torch.get_rng_state()
    errors(best, digits.test.pixels)
    assert all(parameter.grad is None for parameter in best.parameters())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_perfect_reconstruction_has_no_error(digits):
    image = as_floats(digits.test.pixels[:1])
    assert squared_errors(always(image[0]), digits.test.pixels[:1]).tolist() == [0]
