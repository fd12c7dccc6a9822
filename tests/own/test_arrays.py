"""Arrays of images, series and sounds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from narrows.data.splits import splits_of
from support.own_data import (
    IRIS,
    SUNSPOTS,
    configure_own,
    everything,
    refused,
    sorted_rows,
    unscaled,
)


@pytest.mark.parametrize("layout", ["(N, H, W)", "(N, C, H, W)", "(N, H, W, C)"])
def test_arrays_of_images_in_every_layout(digits, tmp_path, layout):
    pixels = digits.train.pixels[:100].numpy()
    turned = {"(N, H, W)": pixels[:, 0], "(N, C, H, W)": pixels, "(N, H, W, C)": np.moveaxis(pixels, 1, 3)}[layout]
    np.savez(tmp_path / "digits.npz", x=turned, y=digits.train.labels[:100].numpy())
    splits = splits_of(configure_own(tmp_path / "digits.npz", "data.label=y").data)
    np.testing.assert_array_equal(sorted_rows(everything(splits)), sorted_rows(pixels))
    assert torch.cat([part.labels for part in splits]).bincount().tolist() == [10] * 10


def test_floats_stay_floats_and_bytes_bytes(digits, tmp_path):
    pixels = digits.train.pixels[:100].flatten(1).numpy()
    for values, kind in ((pixels, torch.uint8), (pixels / 255.0, torch.float32), (pixels.astype(int), torch.float32)):
        path = tmp_path / f"{values.dtype}.npy"
        np.save(path, values)
        assert splits_of(configure_own(path).data).train.pixels.dtype == kind


def test_a_series_is_cut_into_windows_that_do_not_overlap():
    splits = splits_of(
        configure_own(SUNSPOTS, "data.columns=[SUNACTIVITY]", "data.window=10", "data.batch_size=8").data
    )
    windows = unscaled(splits.train.preparation, everything(splits)).reshape(-1, 10).numpy()
    path = Path(pytest.importorskip("statsmodels").__file__).parent / "datasets/sunspots/sunspots.csv"
    series = pd.read_csv(path)["SUNACTIVITY"].to_numpy()[:300]
    np.testing.assert_allclose(sorted_rows(windows), sorted_rows(series.reshape(30, 10)), atol=1e-4)


def test_columns_of_a_series_are_channels(table):
    config = configure_own(
        table, f"data.columns={list(IRIS.data.columns[:2])}".replace("'", '"'), "data.window=5", "data.batch_size=8"
    )
    assert config.data.entry.shape == (2, 1, 5)


def test_a_sound_is_a_series(tmp_path):
    from scipy.io import wavfile

    activity = pd.read_csv(Path(pytest.importorskip("statsmodels").__file__).parent / "datasets/sunspots/sunspots.csv")
    wavfile.write(tmp_path / "sun.wav", 8000, (activity["SUNACTIVITY"].to_numpy() * 100).astype(np.int16))
    config = configure_own(tmp_path / "sun.wav", "data.window=10", "data.batch_size=8")
    assert (config.data.entry.kind, config.data.entry.shape) == ("series", (1, 1, 10))


def test_labels_that_no_array_holds_are_named(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.zeros((9, 4, 4)), y=np.zeros(9))
    assert "data.label=labels: no array of x.npz, which holds x, y" in refused(tmp_path / "x.npz", "data.label=labels")


def test_arrays_that_are_not_told_apart_are_listed(tmp_path):
    np.savez(tmp_path / "x.npz", one=np.ones((50, 3)), other=np.ones((50, 4)), y=np.arange(9))
    assert "holds one (50, 3), other (50, 4), y (9,); name the one" in refused(tmp_path / "x.npz")
    assert configure_own(tmp_path / "x.npz", "data.columns=[other]").data.entry.shape == (1, 1, 4)
    assert "labels of shape (9,) for 50 rows" in refused(tmp_path / "x.npz", "data.columns=[one]", "data.label=y")
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    assert "not numbers" in refused(tmp_path / "words.npy")
