"""Parquet of every type: what is trained on is what pandas reads, or one line refuses it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import UserError
from narrows.own.samples import read
from support.own_data import numbers_of, request

ROWS = 8
NUMBERS = ["int8", "uint8", "int64", "uint64", "float16", "float32", "float64", "bool", "Int64", "Float32", "boolean"]
OTHERS = {
    "category of numbers": lambda: pd.Categorical([10, 30] * 4),
    "numbers as texts": lambda: [str(number) for number in range(ROWS)],
    "category of words": lambda: pd.Categorical(["x", "y"] * 4),
    "words": lambda: ["x"] * ROWS,
    "dates": lambda: pd.date_range("2020", periods=ROWS),
    "durations": lambda: pd.to_timedelta(range(ROWS), unit="s"),
    "lists": lambda: [[1, 2]] * ROWS,
    "records": lambda: [{"a": 1}] * ROWS,
}
READ = ("category of numbers", "numbers as texts")
INDICES = {
    "none": lambda frame: frame,
    "shuffled": lambda frame: frame.set_axis(np.arange(ROWS)[::-1]),
    "named": lambda frame: frame.rename_axis("row"),
    "words": lambda frame: frame.set_axis([f"row {number}" for number in range(ROWS)]),
    "two levels": lambda frame: frame.set_axis(pd.MultiIndex.from_product([range(2), range(4)], names=["p", "q"])),
}


@given(
    types=st.lists(st.sampled_from(NUMBERS), min_size=2, max_size=4),
    other=st.sampled_from([None, *OTHERS]),
    index=st.sampled_from(list(INDICES)),
    gap=st.booleans(),
    suffix=st.sampled_from([".parquet", ".PARQUET"]),
    seed=st.integers(0, 99),
)
def test_parquet_is_read_as_pandas_reads_it_or_refused_in_one_line(types, other, index, gap, suffix, seed):
    random = np.random.RandomState(seed)
    frame = pd.DataFrame({f"c{i}": pd.Series(random.randint(0, 2, ROWS)).astype(kind) for i, kind in enumerate(types)})
    if other:
        frame["other"] = OTHERS[other]()
    gaps = gap and types[0][0].isupper()
    if gaps:
        frame.loc[3, "c0"] = pd.NA
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        INDICES[index](frame).to_parquet(path)
        if gaps or (other and other not in READ):
            with pytest.raises(
                UserError, match=r"missing values in c0 \(1, first in row 4\)|columns with words: other"
            ):
                read(request(path))
            return
        samples = read(request(path))
    np.testing.assert_array_equal(numbers_of(samples), frame.to_numpy(dtype=float))
    assert any("left out: the index" in note for note in samples.notes) == (index in ("named", "two levels"))


def test_a_level_of_the_index_may_hold_the_labels(tmp_path):
    frame = pd.DataFrame(np.eye(6), pd.Index(["u", "v"] * 3, name="kind"), list("abcdef"))
    frame.to_parquet(tmp_path / "x.parquet")
    samples = read(request(tmp_path / "x.parquet", label="kind"))
    assert [samples.classes[number] for number in samples.labels] == ["u", "v"] * 3
    assert samples.columns == tuple("abcdef")
    assert samples.notes == ()
