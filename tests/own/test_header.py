"""Whether the first row of a table is read as names, for tables that pandas and people write."""

import numpy as np
import pandas as pd
import pytest

from narrows.own.header import has_header
from narrows.own.samples import read
from support.own_data import numbers_of, request

WRITTEN = {
    "a series": (lambda rows, path: pd.Series(rows[:, 0]).to_csv(path), {"window": 3}, 0),
    "a series alone": (lambda rows, path: pd.Series(rows[:, 0]).to_csv(path, index=False), {"window": 3}, 0),
    "some columns": (lambda rows, path: pd.DataFrame(rows)[[1, 3]].to_csv(path, index=False), {}, 1),
    "dates": (lambda rows, path: pd.DataFrame(rows, pd.date_range("2020", periods=30)).to_csv(path), {}, 0),
    "read and written": (lambda rows, path: pd.DataFrame(rows).reset_index(names="Unnamed: 0").to_csv(path), {}, 0),
    "wavelengths": (
        lambda rows, path: pd.DataFrame(rows, columns=[400.5, 403.0, 405.5, 408.0]).to_csv(path, index=False),
        {},
        0,
    ),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_pandas_writes_keeps_every_row_and_no_index(tmp_path, kind):
    write, options, column = WRITTEN[kind]
    rows = np.random.RandomState(0).normal(size=(30, 4))
    write(rows, tmp_path / "x.csv")
    values = read(request(tmp_path / "x.csv", **options)).values
    assert values.ravel()[: 3 if options else 1] == pytest.approx(rows[: 3 if options else 1, column], rel=1e-6)


def test_few_rows_of_whole_numbers_are_taken_for_names_by_chance():
    random = np.random.RandomState(0)
    tables = [random.randint(0, 10, (20, width)) for width in (2, 3, 4, 6, 9) for _ in range(100)]
    taken = [has_header([str(number) for number in table[0]], pd.DataFrame(table[1:])) for table in tables]
    assert sum(taken) <= 10


MEASUREMENTS = {
    "whole numbers in order": "1,2,3\n4,5,6\n7,8,9\n",
    "pairs in order": "1,2\n3,4\n5,6\n",
    "a time and a decay": "0,1.0\n1,0.5\n2,0.25\n3,0.125\n",
    "the state at the beginning": "0,100\n0.5,98.2\n1,96.5\n",
    "a simulation": "0,100\n0.5,98.2034567\n1.5,96.5123456\n",
    "three columns, the state at the beginning": "0,20,100\n0.1,20.4,99.7\n0.2,20.8,99.1\n",
    "written with a decimal": "0.0,1.0\n0.1,0.9\n0.2,0.8\n",
    "years of birth and death": "1950,2010\n1960,2015\n1970,2001\n",
    "squares": "1,1\n2,4\n3,9\n",
}


@pytest.mark.parametrize("kind", MEASUREMENTS)
def test_the_first_row_of_a_table_of_measurements_is_kept_and_a_note_says_so(tmp_path, kind, capsys):
    path = tmp_path / "x.csv"
    path.write_text(MEASUREMENTS[kind])
    rows = MEASUREMENTS[kind].split()
    samples = read(request(path, columns=("0", "1")))
    assert numbers_of(samples).tolist() == [
        pytest.approx([float(field) for field in row.split(",")[:2]]) for row in rows
    ]
    assert "no row of column names, the first row is read as numbers" in capsys.readouterr().err
