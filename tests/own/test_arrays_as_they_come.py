"""Arrays of every type and shape: read as NumPy holds them, or refused in one line."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.io import wavfile

from narrows.errors import UserError
from narrows.own.samples import read
from support.own_data import request

TYPES = ["u1", "i1", "<i2", ">i4", "<i8", ">u8", "<f2", "<f4", ">f4", "<f8", ">f8", "?", "<c8", "<U3", "<M8[s]"]


@given(
    dtype=st.sampled_from(TYPES),
    shape=arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5),
    fortran=st.booleans(),
    seed=st.integers(0, 99),
    suffix=st.sampled_from([".npy", ".NPY", ".npz", ".Npz"]),
)
def test_an_array_is_read_as_it_is_or_refused_in_one_line(dtype, shape, fortran, seed, suffix):
    values = np.random.RandomState(seed).randint(0, 100, shape).astype(dtype, order="F" if fortran else "C")
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        with path.open("wb") as file:
            np.save(file, values) if suffix.lower() == ".npy" else np.savez(file, x=values)
        usable = values.dtype.kind in "biuf" and 1 <= values.ndim <= 4 and values.size and values[0].size > 1
        if not usable:
            with pytest.raises(UserError) as error:
                read(request(path))
            assert "\n" not in str(error.value) and str(path) in str(error.value)
            return
        samples = read(request(path))
    expected = values[:, None] if values.ndim == 3 else values
    if values.ndim == 4 and shape[1] not in (1, 3) and shape[3] in (1, 3, 4):
        expected = np.moveaxis(values, 3, 1)
    assert (samples.values.dtype == np.uint8) == (values.dtype == np.uint8)
    np.testing.assert_array_equal(samples.values.reshape(expected.shape), expected.astype(float))


LABELS = {
    "column": (np.arange(6)[:, None] % 2, ["0", "1"]),
    "floats": (np.array([0.0, 1, 10, 2, 2, 2]), ["0", "1", "2", "10"]),
    "fractions": (np.array([0.5, 1, 1, 1, 1, 1]), ["0.5", "1.0"]),
    "words": (np.array(["None", "NA", "001", "a", "a", "a"]), ["001", "NA", "None", "a"]),
    "bytes": (np.array([b"cat", b"dog"] * 3), ["cat", "dog"]),
    "bytes that are no UTF-8": (np.array([b"\xff", b"dog"] * 3), ["\\xff", "dog"]),
    "truths": (np.array([True, False] * 3), ["False", "True"]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_are_taken_as_they_are(tmp_path, kind):
    labels, names = LABELS[kind]
    np.savez(tmp_path / "x.npz", x=np.eye(6), y=labels)
    samples = read(request(tmp_path / "x.npz", label="y"))
    assert list(samples.classes) == names
    numbers = [float(samples.classes[n]) for n in samples.labels] if kind in ("column", "floats", "fractions") else None
    if numbers:
        assert numbers == labels.ravel().tolist()


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (np.array([0, np.nan, 1, 1, np.nan, 0]), "2 rows of x.npz have none"),
        (np.eye(6), r"labels of shape \(6, 6\) for 6 rows"),
        (np.arange(5), r"labels of shape \(5,\) for 6 rows"),
        (np.array([None, "a", "b", "c", "d", "e"], dtype=object), r"data\.label=y: holds Python objects"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, labels, why):
    np.savez(tmp_path / "x.npz", x=np.eye(6), y=labels)
    with pytest.raises(UserError, match=why):
        read(request(tmp_path / "x.npz", label="y"))


def test_infinite_numbers_are_named_with_their_place(tmp_path):
    values = np.zeros((6, 3, 4, 4))
    values[2, 1, 0, 3] = np.inf
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(UserError, match=r"1 numbers are missing or infinite, the first in row 3 at \[1, 0, 3\]"):
        read(request(tmp_path / "x.npy"))


@pytest.mark.parametrize("suffix", ["npy", "npz", "NPY"])
def test_the_content_decides_what_a_file_is(tmp_path, suffix):
    with (tmp_path / f"x.{suffix}").open("wb") as file:
        np.save(file, np.eye(4))
    with (tmp_path / f"y.{suffix}").open("wb") as file:
        np.savez(file, x=np.eye(4), scale=np.array(3.0), about=np.array({"by": "me"}))
    assert read(request(tmp_path / f"x.{suffix}")).notes == ()
    samples = read(request(tmp_path / f"y.{suffix}"))
    assert samples.values.reshape(4, 4).tolist() == np.eye(4).tolist()
    assert samples.notes == ("left out: other arrays (scale, about)",)


def test_a_second_array_in_a_file_is_not_dropped(tmp_path):
    with (tmp_path / "x.npy").open("wb") as file:
        np.save(file, np.eye(4))
        np.save(file, np.eye(4))
    with pytest.raises(UserError, match=r"x\.npy: holds more than one array"):
        read(request(tmp_path / "x.npy"))


LAYOUTS = {
    (6, 5, 7, 3): ((3, 5, 7), None),
    (6, 3, 5, 7): ((3, 5, 7), None),
    (6, 4, 5, 7): ((4, 5, 7), None),
    (6, 5, 7, 2): ((5, 7, 2), "(images, channels, height, width)"),
    (6, 3, 5, 4): ((3, 5, 4), "(images, channels, height, width)"),
    (6, 64, 64, 13): ((64, 64, 13), "(images, channels, height, width)"),
    (6, 4, 5, 3): ((3, 4, 5), "(images, height, width, channels)"),
}


@pytest.mark.parametrize("shape", LAYOUTS)
def test_axes_that_may_be_either_are_noted(tmp_path, shape):
    np.save(tmp_path / "x.npy", np.random.RandomState(0).normal(size=shape))
    samples, (expected, axes) = read(request(tmp_path / "x.npy")), LAYOUTS[shape]
    assert samples.values.shape[1:] == expected
    assert samples.notes == ((f"the axes {shape} are read as {axes}",) if axes else ())


def test_large_labels_keep_their_names(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.eye(3), y=np.array([1e20, 2, 3]))
    assert read(request(tmp_path / "x.npz", label="y")).classes == ("2.0", "3.0", "1e+20")


def test_a_sound_that_is_cut_off_is_refused(tmp_path):
    wavfile.write(tmp_path / "x.wav", 8000, np.arange(1000, dtype=np.int16))
    (tmp_path / "x.wav").write_bytes((tmp_path / "x.wav").read_bytes()[:-500])
    with pytest.raises(UserError, match=r"x\.wav: cannot be read \(Reached EOF prematurely"):
        read(request(tmp_path / "x.wav", window=10))


def test_rows_that_fill_no_window_are_noted(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(34.0))
    assert read(request(tmp_path / "x.npy", window=10)).notes == ("left out: the last rows, which fill no window (4)",)
