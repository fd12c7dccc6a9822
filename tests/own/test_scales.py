"""Scaling by the training split."""

import numpy as np
import pytest
import torch

from narrows.data.splits import splits_of
from support.own_data import (
    IRIS,
    configure_own,
    everything,
)


def test_standardised_on_the_training_split_alone(table):
    splits = splits_of(configure_own(table, "data.label=species").data)
    train = splits.train.pixels.double().flatten(1)
    torch.testing.assert_close(train.mean(0), torch.zeros(4).double(), atol=1e-5, rtol=0)
    torch.testing.assert_close(train.std(0, correction=0), torch.ones(4).double(), atol=1e-5, rtol=0)
    assert splits.test.pixels.mean().abs() > 1e-3  # the test split was not used


def test_range_is_from_0_to_1_on_the_training_split(table):
    splits = splits_of(configure_own(table, "data.label=species", "data.scale=range", "model.output=sigmoid").data)
    rows = splits.train.pixels.flatten(1)
    assert rows.amin(0).tolist() == [0] * 4
    assert rows.amax(0).tolist() == pytest.approx([1] * 4)


def test_channels_of_images_are_scaled_as_a_whole(digits, tmp_path):
    np.save(tmp_path / "x.npy", digits.train.pixels[:100].numpy() / 255.0)
    splits = splits_of(configure_own(tmp_path / "x.npy").data)
    assert splits.train.preparation.factor.shape == (1, 1, 1)
    assert splits.train.pixels.std(correction=0).item() == pytest.approx(1, abs=1e-4)


def test_a_column_that_does_not_vary_is_no_nan(tmp_path):
    IRIS.data.assign(same=5.5).to_csv(tmp_path / "x.csv", index=False)
    splits = splits_of(configure_own(tmp_path / "x.csv").data)
    assert torch.isfinite(everything(splits)).all()
    assert splits.train.pixels[:, 0, 0, 4].abs().max() == 0
