"""Tables: read in every dialect, with their labels, or rejected in one line."""

import numpy as np
import pytest
from sklearn.datasets import load_wine

from narrows.data.splits import splits_of
from support.own_data import (
    IRIS,
    configure_own,
    everything,
    flowers,
    refused,
    sorted_rows,
    unscaled,
)

WRITE = {
    "comma.csv": lambda frame, path: frame.to_csv(path, index=False),
    "semicolon.csv": lambda frame, path: frame.to_csv(path, index=False, sep=";"),
    "indexed.csv": lambda frame, path: frame.to_csv(path),
    "packed.csv.gz": lambda frame, path: frame.to_csv(path, index=False),
    "tabs.tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "table.parquet": lambda frame, path: frame.to_parquet(path),
}


@pytest.mark.parametrize("name", WRITE)
def test_a_table_is_read_whatever_its_format(tmp_path, name):
    WRITE[name](flowers(), tmp_path / name)
    data = configure_own(tmp_path / name, "data.label=species").data
    splits = splits_of(data)
    assert [len(part) for part in splits] == [108, 12, 30]
    preparation = splits.train.preparation
    assert preparation.columns == list(IRIS.data.columns)
    assert preparation.classes == ["setosa", "versicolor", "virginica"]
    numbers = unscaled(preparation, everything(splits))
    np.testing.assert_allclose(sorted_rows(numbers.numpy()), sorted_rows(IRIS.data.to_numpy()), atol=1e-5)


def test_a_table_without_column_names_is_recognised(tmp_path):
    (tmp_path / "wine.csv").write_text("\n".join(",".join(map(str, row)) for row in load_wine().data))
    splits = splits_of(configure_own(tmp_path / "wine.csv").data)
    assert sum(map(len, splits)) == 178
    assert splits.train.preparation.columns == [str(number) for number in range(13)]


def test_labels_stay_with_their_rows(table):
    splits = splits_of(configure_own(table, "data.label=species").data)
    preparation = splits.train.preparation
    labels = {tuple(row): name for *row, name in flowers().round(4).itertuples(index=False)}
    for part in splits:
        rows = unscaled(preparation, part.pixels).flatten(1).numpy().round(4)
        names = [preparation.classes[number] for number in part.labels]
        assert names == [labels[tuple(float(f"{value:.4f}") for value in row)] for row in rows]


def test_mixed_columns_are_named(tmp_path):
    flowers().assign(day="2024-01-01").to_csv(tmp_path / "x.csv", index=False)
    assert "columns with words: species ('setosa' in row 1), day" in refused(tmp_path / "x.csv")
    assert "columns with words: day" in refused(tmp_path / "x.csv", "data.label=species")


def test_what_keeps_a_column_from_being_numbers_is_shown(tmp_path):
    (tmp_path / "x.csv").write_text("a;b\n1;2,500\n3;4,750\n")
    assert "b ('2,500' in row 1)" in refused(tmp_path / "x.csv")


def test_missing_values_are_counted_by_column(tmp_path):
    gaps = IRIS.data.copy()
    gaps.iloc[[2, 5], 1] = np.nan
    gaps.to_csv(tmp_path / "x.csv", index=False)
    assert "missing values in sepal width (cm) (2, first in row 3)" in refused(tmp_path / "x.csv")
    np.save(tmp_path / "x.npy", gaps.to_numpy())
    assert "2 numbers are missing or infinite, the first in row 3 at 1" in refused(tmp_path / "x.npy")
    flowers().assign(species=[None, *flowers().species[1:]]).to_csv(tmp_path / "y.csv", index=False)
    assert "data.label=species: 1 rows of y.csv have none" in refused(tmp_path / "y.csv", "data.label=species")
