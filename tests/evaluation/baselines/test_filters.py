"""Filters remove the noise that they are made for."""

from narrows.data.sources import as_floats
from narrows.evaluation.baselines.filters import median, non_local_means
from narrows.evaluation.denoising import add_noise
from narrows.evaluation.support.image_quality import gain


def test_each_filter_is_good_at_its_own_noise(splits):
    clean = as_floats(splits.test.pixels[:20])
    salted, grainy = add_noise(clean, "salt_pepper", 0.1), add_noise(clean, "gaussian", 0.25)
    assert gain(median(salted), salted, clean)["psnr"] > 5
    assert gain(non_local_means(grainy, clean), grainy, clean)["psnr"] > 4
    assert median(clean).shape == non_local_means(grainy, clean).shape == clean.shape
