"""Generated images beside real ones."""

import numpy as np
import pytest
import torch

import narrows
from narrows.data.sources import as_floats
from narrows.evaluation.generation import _of_real_images, generation, sampled
from narrows.evaluation.support.digit_classifier import digit_classifier
from narrows.evaluation.support.sample_quality import frechet


def test_fitted_distributions_are_those_of_the_codes():
    codes = np.random.default_rng(0).normal([3, -2], [1, 0.1], (2000, 2)).astype(np.float32)
    drawn = sampled(codes, 5000)
    for name in ("gaussian", "mixture", "flow"):
        assert drawn[name].mean(0) == pytest.approx([3, -2], abs=0.1)
        assert drawn[name].std(0) == pytest.approx([1, 0.1], rel=0.1)
    assert drawn["prior"].mean(0) == pytest.approx([0, 0], abs=0.1)


@pytest.mark.slow
def test_the_classifier_knows_digits_and_draws_no_global_random_number(splits):
    before = torch.get_rng_state()
    classifier = digit_classifier(splits.train.pixels, splits.train.labels)
    assert torch.equal(torch.get_rng_state(), before)
    predicted = classifier.head(classifier.features(as_floats(splits.test.pixels))).argmax(1)
    assert (predicted == splits.test.labels).float().mean() > 0.8  # 512 training images


@pytest.mark.slow
def test_real_digits_are_nearer_than_samples_of_a_barely_trained_autoencoder(trained, splits):
    metrics = generation(narrows.load(trained.folder / "best.ckpt"), splits.train, splits.test)
    for name in ("prior", "gaussian", "mixture", "flow"):
        assert metrics[f"generation_{name}_frechet"] > 2 * metrics["generation_real_frechet"]
    assert metrics["generation_real_precision"] > 0.6 and metrics["generation_real_recall"] > 0.6


@pytest.mark.slow
def test_the_floor_does_not_depend_on_the_order_of_the_test_images(splits):
    """Digits sorted by class: the first half has other digits than the second."""
    test = splits.test[splits.test.labels.argsort()]
    classifier = digit_classifier(splits.train.pixels, splits.train.labels)
    features = classifier.features(as_floats(test.pixels))
    halves = frechet(features[:250], features[250:])
    floor = _of_real_images(splits.train.pixels, splits.train.labels, test.pixels, test.labels)
    assert floor["real_frechet"] < halves / 10
    assert floor["real_precision"] > 0.6 and floor["real_recall"] > 0.6
