"""Samples, and the space in which they are judged."""

import numpy as np
import pytest
import torch
from scipy import linalg

import narrows
from narrows.data.sources import as_floats
from narrows.evaluation.generation import compare, frechet, generation, sampled, within
from narrows.evaluation.support.digit_classifier import FEATURES, judge


def features(count: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(count, FEATURES) * torch.linspace(0.5, 2, FEATURES) + shift


def test_the_distance_is_the_formula():
    one, other = features(500), features(400, shift=0.3)
    means, spreads = zip(*((x.numpy().mean(0), np.cov(x.double().numpy().T)) for x in (one, other)), strict=True)
    root = linalg.sqrtm(spreads[0] @ spreads[1]).real
    expected = np.square(means[0] - means[1]).sum() + np.trace(spreads[0] + spreads[1] - 2 * root)
    assert frechet(one, other) == pytest.approx(expected, rel=1e-3)


def test_the_same_images_are_no_distance_apart_and_cover_each_other():
    real = features(300)
    assert compare(real, real) == pytest.approx({"frechet": 0, "precision": 1, "recall": 1}, abs=1e-3)


def test_images_from_elsewhere_are_neither_precise_nor_complete():
    found = compare(features(300, shift=20), features(300))
    assert (found["precision"], found["recall"]) == (0, 0)
    assert found["frechet"] == pytest.approx(400 * FEATURES, rel=0.05)


def test_samples_of_one_kind_alone_are_precise_but_not_complete():
    real = torch.cat([features(200), features(200, shift=20)])
    found = compare(features(200), real)
    assert found["precision"] > 0.6 and found["recall"] < 0.55


def test_within_is_the_definition():
    manifold = torch.tensor([[0.0], [1.0], [2.0], [3.0], [100.0]])  # third neighbours: 3, 2, 2, 3, 99 away
    points = torch.tensor([[-3.5], [-2.5], [5.5], [6.5], [198.0], [200.0]])
    assert within(points, manifold) == pytest.approx(4 / 6)  # all between 1 and 199, and those within 3 of 0 and 3


def test_fitted_distributions_are_those_of_the_codes():
    seen = np.random.default_rng(0).normal([3, -2], [1, 0.1], (2000, 2)).astype(np.float32)
    drawn = sampled(seen, 5000)
    for name in ("gaussian", "mixture"):
        assert drawn[name].mean(0) == pytest.approx([3, -2], abs=0.1)
        assert drawn[name].std(0) == pytest.approx([1, 0.1], rel=0.1)
    assert drawn["prior"].mean(0) == pytest.approx([0, 0], abs=0.1)


@pytest.mark.slow
def test_the_judge_knows_digits_and_draws_no_number(splits):
    before = torch.get_rng_state()
    found = judge(splits.train.pixels, splits.train.labels)
    assert torch.equal(torch.get_rng_state(), before)
    answers = found.head(found.features(as_floats(splits.test.pixels))).argmax(1)
    assert (answers == splits.test.labels).float().mean() > 0.8  # 512 training images


@pytest.mark.slow
def test_real_digits_are_nearer_than_samples_of_a_hardly_trained_autoencoder(trained, splits):
    found = generation(narrows.load(trained.folder / "best.ckpt"), splits.train, splits.test)
    for name in ("prior", "gaussian", "mixture"):
        assert found[f"generation_{name}_frechet"] > 2 * found["generation_real_frechet"]
    assert found["generation_real_precision"] > 0.6 and found["generation_real_recall"] > 0.6
