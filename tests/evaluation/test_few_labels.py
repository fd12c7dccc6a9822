"""Accuracy with few labels."""

import pytest
import torch

import narrows
from narrows.evaluation import few_labels as module
from narrows.evaluation.few_labels import balanced, few_labels
from narrows.evaluation.support import label_classifiers


@pytest.fixture
def autoencoder(trained):
    return narrows.load(trained.folder / "best.ckpt")


@pytest.mark.slow
def test_four_classifiers_are_trained_for_each_possible_number_of_labels(autoencoder, splits):
    metrics = few_labels(autoencoder, splits.train, splits.test)  # 512 images
    arms = ("frozen", "tuned", "scratch", "pixels")
    assert list(metrics) == [f"few_labels_{count}_{arm}" for count in (10, 100) for arm in arms]
    assert all(0.1 < value < 0.95 for value in metrics.values())
    for arm in arms:
        assert metrics[f"few_labels_100_{arm}"] > metrics[f"few_labels_10_{arm}"] - 0.05


def test_it_draws_no_global_random_number_and_leaves_the_autoencoder_unchanged(autoencoder, splits, monkeypatch):
    monkeypatch.setattr(label_classifiers, "STEPS", 3)
    before, state = [parameter.clone() for parameter in autoencoder.parameters()], torch.get_rng_state()
    metrics = few_labels(autoencoder, splits.train[:100], splits.test)
    assert metrics == few_labels(autoencoder, splits.train[:100], splits.test)
    assert all(torch.equal(*pair) for pair in zip(before, autoencoder.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(
        parameter.requires_grad is False or parameter.grad is not None for parameter in autoencoder.parameters()
    )


def test_labelled_images_are_balanced_and_another_draw_has_others(splits):
    for count in (10, 100, 105):
        drawn = splits.train.labels[balanced(splits.train.labels, count, 0)].bincount(minlength=10)
        assert drawn.max() - drawn.min() <= 1 and drawn.sum() == count
    first, second = (balanced(splits.train.labels, 10, seed) for seed in (0, 1))
    assert set(first.tolist()) != set(second.tolist())


def test_two_autoencoders_get_the_same_labelled_images(autoencoder, splits, monkeypatch):
    images = []
    monkeypatch.setattr(module, "fit", lambda start, labelled, seed: images.append(labelled.pixels) or start.eval())
    first = few_labels(autoencoder, splits.train[:100], splits.test)
    with torch.no_grad():
        next(autoencoder.parameters()).mul_(2)
    second = few_labels(autoencoder, splits.train[:100], splits.test)
    half = len(images) // 2
    assert all(torch.equal(*pair) for pair in zip(images[:half], images[half:], strict=True))
    assert first["few_labels_10_pixels"] == second["few_labels_10_pixels"]
    assert first["few_labels_10_scratch"] != second["few_labels_10_scratch"]
