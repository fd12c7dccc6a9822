"""Arrays that are too large for memory: mapped, and the same numbers as of arrays in memory, bit for bit."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch

from narrows.config.data_section import Data
from narrows.data.splits import Splits, splits_of
from narrows.errors import UserError
from narrows.evaluation.baselines.pca import pca_mse
from narrows.own import mapped, samples
from narrows.run import run
from support.outcomes import checkpoint_of, same
from support.own_data import configure_own

BLOCK = 1 << 12  # numbers

RANDOM = np.random.default_rng(0)
FLOATS = RANDOM.normal(3.0, 2.0, (900, 24))
ARRAYS = {
    "bytes": (RANDOM.integers(0, 256, (300, 8, 8), dtype=np.uint8), ()),
    "colours": (RANDOM.integers(0, 256, (300, 6, 6, 3), dtype=np.uint8), ("data.scale=standard",)),
    "single": (FLOATS.astype(np.float32), ()),
    "double": (FLOATS * 1e39, ("data.scale=range",)),
    "columns first": (np.asfortranarray(FLOATS), ()),
    "whole": (RANDOM.integers(-9, 9, (900, 24)), ("data.scale=none",)),
    "series": (FLOATS, ("data.window=6",)),
}


def written(folder: Path, name: str) -> Data:
    values, overrides = ARRAYS[name]
    np.save(folder / "x.npy", values)
    return configure_own(folder / "x.npy", *overrides).data


def short_of_memory(patch: pytest.MonkeyPatch) -> None:
    """From now on every array is mapped."""
    samples._read.cache_clear()
    patch.setattr(mapped, "SHARE", 0.0)


@pytest.fixture
def small_blocks(monkeypatch) -> None:
    samples._read.cache_clear()
    monkeypatch.setattr(mapped, "BLOCK", BLOCK)


def in_memory_and_mapped(data: Data, patch: pytest.MonkeyPatch) -> tuple[Splits, Splits]:
    loaded = splits_of(data)
    short_of_memory(patch)
    return loaded, splits_of(data)


@pytest.mark.parametrize("name", ARRAYS)
def test_splits_are_those_of_the_array_in_memory(tmp_path, monkeypatch, small_blocks, name):
    data = written(tmp_path, name)
    loaded, splits = in_memory_and_mapped(data, monkeypatch)
    assert isinstance(samples.read(data.request).values, np.memmap)
    for part, other in zip(splits, loaded, strict=True):
        assert part.pixels.dtype == other.pixels.dtype and torch.equal(part.pixels, other.pixels)
    assert splits.train.card.keys() == loaded.train.card.keys()


@pytest.mark.parametrize("name", ["bytes", "single"])
def test_a_run_ends_with_the_same_weights_and_numbers(tmp_path, monkeypatch, small_blocks, name):
    written(tmp_path, name)
    config = configure_own(tmp_path / "x.npy", "model.widths=[16]", "trainer.max_epochs=2")
    loaded = run(config, tmp_path / "loaded")
    short_of_memory(monkeypatch)
    record = run(config, tmp_path / "mapped")
    assert record.metrics == loaded.metrics and record.fingerprint == loaded.fingerprint
    states = [checkpoint_of(tmp_path / folder, "best")["state_dict"] for folder in ("loaded", "mapped")]
    assert same(*states)


def test_statistics_of_blocks_are_those_of_the_whole(tmp_path, monkeypatch):
    data = written(tmp_path, "single")
    whole = splits_of(data)
    errors = pca_mse(whole.train.pixels, whole.test.pixels)
    monkeypatch.setattr(mapped, "BLOCK", BLOCK)
    parts = splits_of(data)
    torch.testing.assert_close(parts.train.pixels, whole.train.pixels, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(pca_mse(parts.train.pixels + 1e-7, parts.test.pixels), errors, atol=1e-6)


def test_reading_takes_the_memory_of_a_block_not_of_the_file(tmp_path, monkeypatch, small_blocks):
    np.save(tmp_path / "x.npy", np.tile(FLOATS.astype(np.float32), (20, 4)))  # 7 MB
    short_of_memory(monkeypatch)
    config = configure_own(tmp_path / "x.npy")
    samples._read.cache_clear()
    tracemalloc.start()
    splits_of(config.data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5e6


def test_numbers_that_cannot_be_used_are_told_by_their_row_in_the_file(tmp_path, small_blocks):
    values = FLOATS.copy()
    values[700, 5] = np.nan
    values[800, 6] = np.inf
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(UserError, match=r"2 numbers are missing or infinite, the first in row 701 at 5; correct"):
        configure_own(tmp_path / "x.npy")


@pytest.mark.parametrize("short", [False, True])
def test_objects_and_further_arrays_are_refused_also_in_a_mapped_file(tmp_path, monkeypatch, short):
    np.save(tmp_path / "objects.npy", np.array([{}, {}], dtype=object))
    with (tmp_path / "two.npy").open("wb") as file:
        np.save(file, FLOATS)
        np.save(file, FLOATS)
    if short:
        short_of_memory(monkeypatch)
    with pytest.raises(UserError, match="holds Python objects"):
        configure_own(tmp_path / "objects.npy")
    with pytest.raises(UserError, match="holds more than one array"):
        configure_own(tmp_path / "two.npy")


def test_a_disk_that_is_full_is_told_in_a_line(tmp_path, monkeypatch):
    data = written(tmp_path, "single")
    short_of_memory(monkeypatch)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    with pytest.raises(UserError, match=r"GB do not fit into memory, nor into .*none \(No such file.*TMPDIR names"):
        splits_of(data)
