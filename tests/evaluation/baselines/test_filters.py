"""Filters remove the noise that they are made for."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from narrows.data.sources import as_floats
from narrows.evaluation.baselines import filters
from narrows.evaluation.baselines.filters import chosen, least_squares, medians, non_local_means
from narrows.evaluation.denoising import add_noise
from narrows.evaluation.support.image_quality import gain


@pytest.fixture
def clean(splits):
    return as_floats(splits.test.pixels[:20])


def test_each_filter_is_good_at_its_own_noise(clean):
    salted, grainy = add_noise(clean, "salt_pepper", 0.1), add_noise(clean, "gaussian", 0.25)
    assert gain(chosen(medians(), salted, clean)(salted), salted, clean)["psnr"] > 5
    assert gain(chosen(non_local_means(grainy, clean), grainy, clean)(grainy), grainy, clean)["psnr"] > 4


def test_the_best_of_several_filters_is_chosen(clean):
    """A wider median is the better one for much salt and pepper."""
    sparse, dense = (add_noise(clean, "salt_pepper", level) for level in (0.1, 0.5))
    of_sparse, of_dense = (chosen(medians(), noisy, clean)(dense) for noisy in (sparse, dense))
    gains = [gain(output, dense, clean)["psnr"] for output in (of_sparse, of_dense)]
    assert gains[1] > gains[0] + 1
    every = [gain(median(dense), dense, clean)["psnr"] for median in medians()]
    assert gains[1] == max(every)


def test_least_squares_is_ridge_regression(splits, monkeypatch):
    """As scikit-learn's, with the same penalty: its alpha is ours times the mean diagonal of the scatter matrix."""
    clean = as_floats(splits.train.pixels[:50])[..., 8:16, 8:16]
    noisy = add_noise(clean, "gaussian", 0.25)
    monkeypatch.setattr(filters, "PENALTIES", (0.1,))
    inputs, outputs = (images[:45].flatten(1).double().numpy() for images in (noisy, clean))
    alpha = 0.1 * np.square(inputs - inputs.mean(0)).sum(0).mean()
    expected = Ridge(alpha).fit(inputs, outputs).predict(noisy.flatten(1).double().numpy())
    result = least_squares(noisy, clean)(noisy).flatten(1)
    assert result.numpy() == pytest.approx(expected, abs=1e-4)


def test_least_squares_improves_images_that_it_was_not_fitted_to(splits, clean):
    training = as_floats(splits.train.pixels)
    noisy_training, noisy = (add_noise(images, "gaussian", 0.5, "here") for images in (training, clean))
    assert gain(least_squares(noisy_training, training)(noisy), noisy, clean)["psnr"] > 3
