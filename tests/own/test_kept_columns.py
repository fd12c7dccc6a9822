"""Columns that number the rows: left out where they have no name, kept with a note where they have one."""

import numpy as np
import pandas as pd
import pytest

from narrows.own.samples import checksum, read
from support.own_data import numbers_of, request

VALUES = pd.DataFrame(np.random.RandomState(0).normal(size=(12, 3)).round(3), columns=list("abc"))
INDICES = {
    "joined tables": [*range(6), *range(6)],
    "joined tables of unequal length": [*range(1, 9), *range(1, 5)],
    "shuffled": np.random.RandomState(0).permutation(12),
    "part of a table": np.arange(12) * 7 + 3,
}
KEPT = {
    "times": np.arange(12) / 2,
    "classes": [0, 1] * 6,
    "the same number": [5] * 12,
}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("index", INDICES)
def test_an_unnamed_column_that_numbers_rows_is_left_out(tmp_path, index, suffix):
    path = tmp_path / f"x.{suffix}"
    frame = VALUES.set_axis(INDICES[index])
    if suffix == "csv":
        frame.to_csv(path)
    else:  # as programs without pandas' metadata write it
        frame.reset_index(names="__index_level_0__").to_parquet(path)
    samples = read(request(path))
    np.testing.assert_allclose(numbers_of(samples), VALUES, rtol=1e-6)
    assert "left out: the first column, which has no name and numbers the rows" in samples.notes
    assert samples.checksum != checksum(path)


@pytest.mark.parametrize("index", KEPT)
def test_other_unnamed_columns_are_kept_with_a_note(tmp_path, index):
    VALUES.set_axis(KEPT[index]).to_csv(tmp_path / "x.csv")
    samples = read(request(tmp_path / "x.csv"))
    assert samples.columns == ("Unnamed: 0", "a", "b", "c")
    assert "columns without a name are kept, data.columns=[…] leaves them out: Unnamed: 0" in samples.notes


@pytest.mark.parametrize("name", ["index", "id", "ID", "rownames", "level_0"])
def test_a_named_column_that_numbers_rows_is_kept_with_a_note(tmp_path, name):
    for numbers in (range(12), np.arange(12) * 7 + 3):
        VALUES.set_axis(numbers).rename_axis(name).to_csv(tmp_path / "x.csv")
        samples = read(request(tmp_path / "x.csv"))
        assert samples.columns == (name, "a", "b", "c")
        assert f"columns that number the rows are kept, data.columns=[…] leaves them out: {name}" in samples.notes
        assert not any("kept" in note for note in read(request(tmp_path / "x.csv", columns=("a", "b"))).notes)


def test_the_only_column_is_no_index(tmp_path):
    (tmp_path / "x.csv").write_text("".join(f"{number}\n" for number in range(1, 13)))
    assert numbers_of(read(request(tmp_path / "x.csv", window=4))).tolist() == np.arange(1, 13).reshape(3, 4).tolist()
