"""Which batches a run trains and validates on."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from narrows.data.sources import Dataset, as_floats
from narrows.data.splits import Splits, split
from narrows.runs.history import History
from narrows.training.datamodule import ImageData
from narrows.training.fit import fit
from narrows.training.make import make_module
from support.configs import tiny


@given(st.integers(0, 2**40))
def test_another_order_for_another_seed(digits, seed):
    first, again, other = (next(iter(ImageData(few(digits), 64, s).train_dataloader())) for s in (seed, seed, seed + 1))
    assert all(map(torch.equal, first, again))
    assert not torch.equal(first[0], other[0])


def few(digits: Dataset) -> Splits:
    return split(digits, 500, 256)


def test_validation_sees_its_images_in_order(digits):
    data = ImageData(split(digits, 1500), 64, seed=0)
    seen = torch.cat([batch for round_ in data.val_dataloader() for batch in round_])
    assert torch.equal(seen, as_floats(data.splits.val.pixels))


@pytest.fixture
def seen(digits, monkeypatch, tmp_path) -> list[torch.Tensor]:
    """The batches of a run of three epochs, as its training step gets them."""
    config, splits, batches = tiny("trainer.max_epochs=3"), few(digits), []
    module = make_module(config, splits)
    step = module._step

    def watch(images: torch.Tensor, stage: str) -> torch.Tensor:
        if stage == "train":
            batches.append(images)
        return step(images, stage)

    monkeypatch.setattr(module, "_step", watch)
    fit(module, ImageData(splits, 64, 0), History(), config.trainer, None, tmp_path, start=None)
    return batches


def test_each_epoch_has_an_order_of_its_own(digits, seen):
    epochs = [torch.cat(seen[start : start + 4]) for start in range(0, 12, 4)]
    everything = {row.tobytes() for row in as_floats(few(digits).train.pixels).numpy()}
    assert len(seen) == 12
    assert all({row.tobytes() for row in epoch.numpy()} == everything for epoch in epochs)
    assert not any(torch.equal(epochs[one], epochs[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
