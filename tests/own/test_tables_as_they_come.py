"""Tables as programs and people write them: what is trained on is what pandas reads with the right options."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.errors import UserError
from narrows.own.samples import checksum, read
from support.own_data import numbers_of, request

ROWS = 30
LABELS = {
    "words": ["setosa", "virginica"],
    "continents": ["NA", "EU", "AS"],
    "nothing": ["None", "nan", "null", "x"],
    "padded numbers": ["001", "01", "002"],
    "truths": ["True", "False"],
    "capitals": ["TRUE", "FALSE"],
    "numbers": ["0", "10", "9"],
}
HEADERS = {
    "words": lambda width: [f"column {number}" for number in range(width)],
    "pandas": lambda width: [str(number) for number in range(width)],
    "years": lambda width: [str(2001 + number) for number in range(width)],
    "odd years": lambda width: [str(year) for year in [1950, 1960, 1965, 1990, 2003][:width]],
    "none": lambda width: None,
}


@st.composite
def frames(draw) -> pd.DataFrame:
    """Numbers as texts: floats, whole numbers or both, with a few digits."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    width = draw(st.integers(2, 5))
    whole = draw(st.lists(st.booleans(), min_size=width, max_size=width))
    columns = [
        random.integers(0, 1000, ROWS) if is_whole else random.normal(0, 10, ROWS).round(3) for is_whole in whole
    ]
    return pd.DataFrame(dict(enumerate(columns))).astype(str)


def with_index(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    match kind:
        case "shuffled":
            return frame.set_axis(np.random.RandomState(0).permutation(len(frame)) * 3)
        case "from 1":
            return frame.set_axis(range(1, len(frame) + 1))
        case "words":
            return frame.set_axis([f"row {number}" for number in range(len(frame))])
        case _:
            return frame


@given(
    frame=frames(),
    header=st.sampled_from(list(HEADERS)),
    index=st.sampled_from(["none", "default", "shuffled", "from 1", "words"]),
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    labels=st.sampled_from([None, *LABELS]),
    suffix=st.sampled_from([".csv", ".CSV", ".csv.gz", ".Tsv.GZ"]),
    blank_lines=st.booleans(),
)
def test_a_table_is_read_as_it_was_written(
    frame, header, index, separator, encoding, line_end, labels, suffix, blank_lines
):
    names = HEADERS[header](len(frame.columns))
    if header == "none" and index in ("shuffled", "words"):
        return  # nobody can tell such a column from any other
    expected = frame.to_numpy().astype(float)
    if labels:
        frame = frame.assign(label=(LABELS[labels] * ROWS)[:ROWS])
    label = None if labels is None else ("label" if header != "none" else len(expected[0]) + (index != "none"))
    indexed = with_index(frame, index)
    titles = False if names is None else [*names, *(["label"] if labels else [])]
    options = {"index": index != "none", "header": titles, "sep": separator, "lineterminator": line_end}
    text = indexed.to_csv(**options)
    if blank_lines:
        text = line_end + text + "   " + line_end
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{suffix}"
        content = text.encode(encoding)
        path.write_bytes(gzip.compress(content) if suffix.lower().endswith(".gz") else content)
        samples = read(request(path, label=label))
    np.testing.assert_allclose(numbers_of(samples), expected, rtol=1e-6)
    if names:
        assert list(samples.columns) == names
    if labels:
        assert [samples.classes[number] for number in samples.labels] == list(frame["label"])


@given(frame=frames(), aligned=st.booleans(), quoted=st.booleans(), seed=st.integers(0, 99))
def test_what_r_and_numpy_write_is_read(frame, aligned, quoted, seed):
    """`write.table` names its rows, but not the column of these names; `savetxt` may align columns with spaces."""
    values = frame.astype(float).to_numpy()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        if aligned:
            np.savetxt(path, values, fmt="%12.3f")
        else:
            mark = '"' if quoted else ""
            rows = np.random.RandomState(seed).permutation(ROWS) + 1 if quoted else range(1, ROWS + 1)
            lines = [" ".join(f"{mark}V{number}{mark}" for number in range(len(values[0])))]
            lines += [
                f"{mark}{row}{mark} " + " ".join(map(str, cells)) for row, cells in zip(rows, values, strict=True)
            ]
            path.write_text("\n".join(lines) + "\n")
        samples = read(request(path))
    np.testing.assert_allclose(numbers_of(samples), values, rtol=1e-6, atol=1e-9)


@given(frame=frames(), column=st.integers(0, 1), text=st.sampled_from(["", "?", "n.a.", "NA", "nan", "inf", "-", "x"]))
def test_what_is_no_number_in_a_first_row_without_names_is_refused_by_name(frame, column, text):
    frame.iloc[0, column] = text
    frame[2] = np.random.RandomState(0).normal(size=ROWS).round(3).astype(str)
    frame[3] = frame[2].astype(float).abs().mul(-3).round(3).astype(str)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        frame.to_csv(path, index=False, header=False)
        with pytest.raises(UserError, match=rf"{column} \(.*row 1"):
            read(request(path))


def test_the_first_row_is_what_the_user_says(tmp_path):
    path = tmp_path / "table.csv"
    pd.DataFrame(np.random.RandomState(0).normal(size=(9, 3))).to_csv(path, index=False)
    for header, rows in (("auto", 9), (True, 9), (False, 10)):
        assert len(read(request(path, header=header)).values) == rows


def test_reading_a_file_otherwise_than_0_1_0_changes_its_checksum(tmp_path):
    frame = pd.DataFrame(np.random.RandomState(0).normal(size=(9, 3)))
    for name, table, options, changed in (
        ("named", frame.set_axis(list("abc"), axis=1), {"index": False}, False),
        ("indexed", frame.set_axis(list("abc"), axis=1), {}, False),
        ("numbered", frame, {"index": False}, True),
        ("shuffled", frame.set_axis(list("abc"), axis=1).sample(9, random_state=0), {}, True),
        ("large", frame.set_axis(list("abc"), axis=1) * 1e39, {"index": False}, True),
        ("without", frame, {"index": False, "header": False}, False),
    ):
        path = tmp_path / f"{name}.csv"
        table.to_csv(path, **options)
        assert (read(request(path)).checksum != checksum(path)) == changed, name


@pytest.mark.parametrize("scale", [1e39, 1e-42, 1e100])
def test_numbers_beyond_32_bits_are_kept_until_they_are_scaled(tmp_path, scale):
    from narrows.data.splits import splits_of
    from support.own_data import configure_own, everything, refused

    values = np.random.RandomState(0).normal(size=(60, 3)) * [1, scale, 1] + [0, 0, 1.7e9]
    pd.DataFrame(values, columns=list("abc")).to_csv(tmp_path / "x.csv", index=False)
    splits = splits_of(configure_own(tmp_path / "x.csv").data)
    train = values[np.random.RandomState(0).permutation(60)[: len(splits.train)]]
    expected = (values[np.random.RandomState(0).permutation(60)] - train.mean(0)) / train.std(0)
    assert everything(splits).dtype.itemsize == 4
    np.testing.assert_allclose(everything(splits).flatten(1).numpy(), expected, atol=1e-5)
    if scale > 1:
        assert "holds numbers beyond 3.4e+38, the first in column b in row" in refused(
            tmp_path / "x.csv", "data.scale=none"
        )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n3,inf\n", "infinite values in b (1, first in row 2)"),
        ("a,b\n1,2\n,3\n", "missing values in a (1, first in row 2)"),
        ("a,b\n1,2\n3,1e400\n", "infinite values in b (1, first in row 2)"),
        ("a,b\n1,2\n3,1e200\n", "numbers beyond 1e+150, the first in column b in row 2, cannot be scaled"),
        ("a,b\n1,x\n3," + "y" * 99 + "\n", "columns with words: b ('x' in row 1)"),
        ("a,b\n1,2\n3,4,5\n", "line 3 (3,4,5) does not have 2 fields like the others"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_with_column_and_row(tmp_path, text, why):
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(UserError) as error:
        read(request(tmp_path / "x.csv"))
    assert why in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_given_twice_or_named_twice_are_refused_by_name(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,a\n1,2,3\n4,5,6\n")
    with pytest.raises(UserError, match=r"data.columns=\['b', 'b'\]: b is given twice"):
        read(request(tmp_path / "x.csv", columns=("b", "b")))
    with pytest.raises(UserError, match=r"x\.csv has 2 columns named a"):
        read(request(tmp_path / "x.csv", label="a"))
    with pytest.raises(UserError, match=r"x\.csv has 2 columns named a"):
        read(request(tmp_path / "x.csv", columns=("a", "b")))


def test_labels_that_are_missing_among_numbers_are_refused(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,y\n1,2,0\n4,5,NA\n3,4,1\n")
    with pytest.raises(UserError, match=r"data\.label=y: 1 rows of x\.csv have none"):
        read(request(tmp_path / "x.csv", label="y"))


def test_a_separator_too_many_is_no_column(tmp_path):
    for text in ("a,b\n1,2,\n3,4,\n", "a,b,\n1,2,\n3,4,\n", "1.5,2,\n3,4,\n"):
        (tmp_path / "x.csv").write_text(text)
        samples = read(request(tmp_path / "x.csv"))
        assert numbers_of(samples)[-1].tolist() == [3, 4]


def test_what_was_taken_for_granted_is_said_once(tmp_path, capsys):
    pd.DataFrame(np.random.RandomState(0).normal(size=(9, 3)), columns=list("abc")).to_csv(tmp_path / "noted.csv")
    for _ in range(3):
        read(request(tmp_path / "noted.csv"))
    assert capsys.readouterr().err == (
        f"note: data.path={tmp_path / 'noted.csv'}: the first row is read as the names of the columns "
        "(data.header=false reads it as numbers); "
        "left out: the first column, which has no name and numbers the rows\n"
    )
