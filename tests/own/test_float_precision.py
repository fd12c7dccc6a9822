"""Numbers that 32 or 64 bits do not tell apart: they keep the bits that they need, or are refused by name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.data.splits import splits_of
from narrows.errors import UserError
from narrows.own.float_precision import NOISE, refuse_too_alike
from narrows.own.samples import read
from support.own_data import configure_own, everything, request


@given(base=st.integers(-(2**70), 2**70), steps=st.lists(st.integers(0, 2**40), min_size=2, max_size=9))
def test_whole_numbers_are_held_by_64_bits_or_refused(base, steps):
    numbers = np.array([base + step for step in steps], dtype=object)
    exact = np.array(steps, dtype=float).std()
    try:
        refuse_too_alike(numbers, "a", "x.csv")
    except UserError:
        assert 0 < exact <= NOISE * max(abs(int(number)) for number in numbers)
        return
    held = np.array([float(number) for number in numbers])
    assert held.std() == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npy"])
def test_identifiers_that_differ_too_little_are_refused_by_name(tmp_path, suffix):
    frame = pd.DataFrame({"0": [2**62 + i for i in range(9)], "1": np.arange(9) ** 2})
    path = tmp_path / f"x.{suffix}"
    match suffix:
        case "csv":
            frame.to_csv(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case _:
            np.save(path, frame.to_numpy())
    with pytest.raises(UserError, match="column 0 holds numbers such as 4611686018427387912 that differ too little"):
        read(request(path))
    if suffix != "npy":
        assert read(request(path, columns=("1",), window=3)).values.shape == (3, 1, 1, 3)


def test_numbers_whose_square_is_zero_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.random.RandomState(0).normal(size=(9, 2)) * [1, 1e-200])
    with pytest.raises(UserError, match="all numbers in column 1 are below 1e-150"):
        read(request(tmp_path / "x.npy"))


def test_floats_that_differ_by_rounding_errors_are_taken_as_constant_with_a_note(tmp_path):
    frame = pd.DataFrame({"a": [0.3, 0.1 + 0.2] * 5, "b": np.arange(10) ** 2, "c": 0.1})
    frame.to_csv(tmp_path / "x.csv", index=False)
    assert "taken as constant, since they differ by rounding errors only: a" in read(request(tmp_path / "x.csv")).notes


@pytest.mark.parametrize("offset", [0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
def test_columns_have_mean_0_also_far_from_0(tmp_path, offset, dtype):
    values = (offset + 300 * np.random.RandomState(0).normal(size=(60, 3))).astype(dtype)
    np.save(tmp_path / "x.npy", values)
    splits = splits_of(configure_own(tmp_path / "x.npy").data)
    order = np.random.RandomState(0).permutation(60)
    train = values[order[: len(splits.train)]].astype(np.float64)
    expected = (values[order] - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(everything(splits).flatten(1).numpy(), expected, atol=2e-5)
