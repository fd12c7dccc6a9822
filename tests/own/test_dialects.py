"""Separators, decimal marks, quotes and comments: tables are read as pandas reads them with the right options."""

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import UserError
from narrows.own.samples import Samples, read
from support.own_data import numbers_of, request

ROWS = 30
COMMENTS = {
    "none": "",
    "one": "# made by hand\n",
    "two": "# made by hand, twice; with, commas\n#\n",
    "percent": "% made by hand\n",
}


def read_text(text: str | bytes, **options) -> Samples:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(request(path, **options))


@given(
    widths=st.lists(st.sampled_from(["whole", "fractions", "small", "large"]), min_size=2, max_size=4),
    mark=st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", ","), ("|", ","), (" ", ","), (" ", ".")]),
    header=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    comment=st.sampled_from(list(COMMENTS)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    seed=st.integers(0, 2**32),
)
def test_a_table_is_read_whatever_its_marks_are(widths, mark, header, quoting, comment, encoding, line_end, seed):
    if mark == (" ", ",") and not header:
        return  # refused: 1,5 2,5 may be three columns
    random, (separator, decimal) = np.random.default_rng(seed), mark
    columns = {
        "whole": lambda: random.integers(0, 1000, ROWS).astype(object),
        "fractions": lambda: random.normal(0, 100, ROWS).round(2),
        "small": lambda: random.normal(0, 1e-7, ROWS),
        "large": lambda: random.normal(0, 1e30, ROWS),
    }
    frame = pd.DataFrame({f"c{number}": columns[width]() for number, width in enumerate(widths)})
    frame.loc[1, "c0"] = 0.25  # shows that a comma is no thousand's mark
    texts = frame.map(lambda value: str(value).replace(".", decimal))
    options = {"sep": separator, "index": False, "header": header, "quoting": quoting, "lineterminator": line_end}
    text = COMMENTS[comment].replace("\n", line_end) + texts.to_csv(**options)
    samples = read_text(text.encode(encoding))
    np.testing.assert_allclose(numbers_of(samples), frame.to_numpy(float), rtol=1e-6)
    assert list(samples.columns) == (list(frame.columns) if header else [str(i) for i in range(len(widths))])
    assert any("comments" in note for note in samples.notes) == (comment != "none")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a;b\n1,5;2\n3;4,25\n", [[1.5, 2], [3, 4.25]]),
        ("1,5;2,5\n3,0;4,25\n", [[1.5, 2.5], [3, 4.25]]),
        ("a;b\n-,5;1,5e3\n3;4,\n", [[-0.5, 1500], [3, 4]]),
        ("a;b\n1,234;0,5\n3;4\n", [[1.234, 0.5], [3, 4]]),
        ("sep=;\na;b\n1;2\n3;5\n", [[1, 2], [3, 5]]),
        ('"sep=;"\na;b\n1,5;2\n3;5\n', [[1.5, 2], [3, 5]]),
        ("# a,b\n1.5,2\n3,4\n", [[1.5, 2], [3, 4]]),
        ("# a b\n1.5 2\n3 4\n", [[1.5, 2], [3, 4]]),
        ("#a b\n1.5 2\n3 4\n", [[1.5, 2], [3, 4]]),
        ("#,b\n1.5,2\n3,4\n", [[1.5, 2], [3, 4]]),
        ('"10","7"\n1,2\n3,4\n', [[1, 2], [3, 4]]),
        ('"10","7"\n"1","2"\n"3","4"\n', [[10, 7], [1, 2], [3, 4]]),
    ],
)
def test_marks_and_comments_as_programs_write_them(text, rows):
    assert numbers_of(read_text(text)).tolist() == [pytest.approx(row) for row in rows]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a;b\n1,234;1\n5,678;2\n", r"columns with words: a \('1,234' in row 1\)"),
        ("a;b\n1.234,5;1\n5,6;2\n", r"columns with words: a \('1\.234,5' in row 1\)"),
        ("a;b\n1,5;1.5\n5,6;2.5\n", r"columns with words: a \('1,5' in row 1\)"),
        ("a;b\n1.000.000;1\n2;2\n", r"columns with words: a \('1\.000\.000' in row 1\)"),
        ('a,b\n"1,234",1\n2,2\n', r"columns with words: a \('1,234' in row 1\)"),
        ("a,b\n1'234,1\n2,2\n", "columns with words"),
        ("a,b\n1 234,1\n2,2\n", "columns with words"),
        ("a,b\n10%,1\n2%,2\n", "columns with words"),
        ("a,b\n0x10,1\n2,2\n", "columns with words"),
        ("a,b\n1_000,1\n2,2\n", "columns with words"),
        ("a,b\n−5,1\n2,2\n", "columns with words"),
        ("a,b\nm,s\n2,2\n", "columns with words"),
        ("Title\na,b,c\n1,2,3\n4,5,6\n", r"line 1 \(Title\) does not have 3 fields like the others"),
        ("a,b,c\n1,2,3\n# note\n4,5,6\n", r"line 3 \(# note\) does not have 3 fields like the others"),
        ("a,b\n" + "1,2\n" * 30 + "3,4,5\n", "line 32 has 3 fields, others have 2"),
        ("a,b,c\n" + "1,2,4\n" * 30 + "3,4\n", r"missing values in c \(1, first in row 31\)"),
        ("a,b\n1,2\n3,4\n,\n", "missing values in a"),
        ("a,b\n1,2\n3,4\n".encode("utf-16-le"), "is not text in UTF-8"),
        (b"a,b\n1,2\n\0,4\n", "is not text in UTF-8"),
    ],
)
def test_marks_that_mean_two_things_and_rows_that_do_not_fit_are_refused(text, why):
    with pytest.raises(UserError, match=why) as error:
        read_text(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["a;b\n1.001;1\n1.002;2\n", "a;b\n1.000;1\n12;3\n2.500;2\n"])
def test_a_point_that_may_group_thousands_is_noted(text):
    assert any("is read as a fraction, not as 100" in note for note in read_text(text).notes)


@pytest.mark.parametrize("text", ["a,b\n1.001,1\n1.002,2\n", "a;b\n1.5;1\n2.500;2\n", "a;b\n0.125;1\n2.500;2\n"])
def test_other_points_are_not_noted(text):
    assert not any("fraction" in note for note in read_text(text).notes)


def test_columns_of_the_same_name_are_noted():
    assert "columns of the same name are numbered: x, x.1, …" in read_text("x,x,y\n1,2,3\n4,5,7\n").notes
