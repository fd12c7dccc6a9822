"""The sizes of images in common formats."""

import pytest

from narrows.evaluation.baselines.image_formats import QUALITIES, formats


def test_a_higher_quality_takes_more_bytes_and_has_a_lower_error(splits):
    metrics = formats(splits.test.pixels)
    for name in ("jpeg", "webp"):
        rates = [metrics[f"{name}_{quality}_bpp"] for quality in QUALITIES]
        errors = [metrics[f"{name}_{quality}_mse"] for quality in QUALITIES]
        assert rates == sorted(rates) and errors == sorted(errors, reverse=True)
        assert errors[-1] < 0.001


@pytest.mark.slow
def test_formats_of_the_test_images_have_the_sizes_that_are_published(mnist):
    metrics = formats(mnist.test.pixels)
    sizes = {name: round(metrics[name], 3) for name in ("gzip_bpp", "png_bpp", "webp_lossless_bpp")}
    assert sizes == {"gzip_bpp": 1.635, "png_bpp": 2.796, "webp_lossless_bpp": 2.099}
