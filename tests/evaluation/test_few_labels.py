"""Classifiers that start from an encoder."""

import pytest
import torch

import narrows
from narrows.data.sources import Images
from narrows.evaluation import few_labels as labels
from narrows.evaluation.few_labels import accuracy, balanced, classifiers, few_labels, fitted


@pytest.fixture
def autoencoder(trained):
    return narrows.load(trained.folder / "best.ckpt")


@pytest.mark.slow
def test_each_number_of_labels_that_there_is_gets_four_classifiers(autoencoder, splits):
    found = few_labels(autoencoder, splits.train, splits.test)  # 512 images
    arms = ("frozen", "tuned", "scratch", "pixels")
    assert list(found) == [f"few_labels_{count}_{arm}" for count in (10, 100) for arm in arms]
    assert all(0.1 < value < 0.95 for value in found.values())
    for arm in arms:
        assert found[f"few_labels_100_{arm}"] > found[f"few_labels_10_{arm}"] - 0.05


def test_it_draws_no_number_and_leaves_the_autoencoder_as_it_was(autoencoder, splits, monkeypatch):
    monkeypatch.setattr(labels, "STEPS", 3)
    before, state = [parameter.clone() for parameter in autoencoder.parameters()], torch.get_rng_state()
    once = few_labels(autoencoder, splits.train[:100], splits.test)
    assert once == few_labels(autoencoder, splits.train[:100], splits.test)
    assert all(torch.equal(*pair) for pair in zip(before, autoencoder.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(
        parameter.requires_grad is False or parameter.grad is not None for parameter in autoencoder.parameters()
    )


def test_only_a_frozen_encoder_stays_and_only_the_one_from_scratch_begins_anew(autoencoder, splits, monkeypatch):
    monkeypatch.setattr(labels, "STEPS", 3)
    first = autoencoder.encoder[0].weight
    nets = classifiers(autoencoder, splits.train, seed=1)
    begins = {name: torch.equal(net.encoder[0].weight, first) for name, net in nets.items()}
    assert begins == {"frozen": True, "tuned": True, "scratch": False}
    assert all(torch.equal(net.head.weight, nets["frozen"].head.weight) for net in nets.values())
    ends = {name: fitted(net, splits.train[:100], 1).encoder[0].weight for name, net in nets.items()}
    assert torch.equal(ends["frozen"], first) and not torch.equal(ends["tuned"], first)


def test_labelled_images_are_balanced_and_another_draw_has_others(splits):
    for count in (10, 100, 105):
        drawn = splits.train.labels[balanced(splits.train.labels, count, 0)].bincount(minlength=10)
        assert drawn.max() - drawn.min() <= 1 and drawn.sum() == count
    one, other = (balanced(splits.train.labels, 10, seed) for seed in (0, 1))
    assert set(one.tolist()) != set(other.tolist())


def test_two_autoencoders_are_shown_the_same_labelled_images(autoencoder, splits, monkeypatch):
    monkeypatch.setattr(labels, "STEPS", 0)
    shown = []
    monkeypatch.setattr(labels, "fitted", lambda net, labelled, seed: shown.append(labelled.pixels) or net.eval())
    once = few_labels(autoencoder, splits.train[:100], splits.test)
    with torch.no_grad():
        next(autoencoder.parameters()).mul_(2)
    again = few_labels(autoencoder, splits.train[:100], splits.test)
    half = len(shown) // 2
    assert all(torch.equal(*pair) for pair in zip(shown[:half], shown[half:], strict=True))
    assert once["few_labels_10_pixels"] == again["few_labels_10_pixels"]
    assert once["few_labels_10_scratch"] != again["few_labels_10_scratch"]


def test_accuracy_is_the_share_of_right_answers(splits):
    class Always(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.eye(10)[3].expand(len(images), -1)

    assert accuracy(Always(), splits.test) == pytest.approx(0.1)
    assert accuracy(Always(), Images(splits.test.pixels, torch.full((500,), 3))) == 1
