"""Classifiers that start from an encoder."""

import pytest
import torch

import narrows
from narrows.data.sources import Images
from narrows.evaluation.support import label_classifiers
from narrows.evaluation.support.label_classifiers import accuracy, classifiers, fit


def test_a_frozen_encoder_stays_and_only_the_one_from_scratch_is_reinitialised(trained, splits, monkeypatch):
    monkeypatch.setattr(label_classifiers, "STEPS", 3)
    autoencoder = narrows.load(trained.folder / "best.ckpt")
    weight = autoencoder.encoder[0].weight
    starts = classifiers(autoencoder, splits.train, seed=1)
    pretrained = {name: torch.equal(start.encoder[0].weight, weight) for name, start in starts.items()}
    assert pretrained == {"frozen": True, "tuned": True, "scratch": False}
    assert all(torch.equal(start.head.weight, starts["frozen"].head.weight) for start in starts.values())
    ends = {name: fit(start, splits.train[:100], 1).encoder[0].weight for name, start in starts.items()}
    assert torch.equal(ends["frozen"], weight) and not torch.equal(ends["tuned"], weight)


def test_accuracy_is_the_share_of_right_answers(splits):
    class Always(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.eye(10)[3].expand(len(images), -1)

    assert accuracy(Always(), splits.test) == pytest.approx(0.1)
    assert accuracy(Always(), Images(splits.test.pixels, torch.full((500,), 3))) == 1
