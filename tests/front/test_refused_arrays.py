"""What cannot be trained is refused in one line that names the argument, the value and the choices."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import narrows
from narrows.errors import UserError
from support.few import FEW

ROWS = np.random.default_rng(0).normal(size=(60, 6))


def with_value(value: float) -> np.ndarray:
    rows = ROWS.copy()
    rows[3, 2] = value
    return rows


FRAME = pd.DataFrame(ROWS, columns=list("abcdef"))
ARRAYS = {
    "nan": (with_value(np.nan), "X: 1 numbers are missing or infinite, the first in row 4 at 2"),
    "infinity": (with_value(np.inf), "X: 1 numbers are missing or infinite, the first in row 4 at 2"),
    "nan in a frame": (FRAME.mask(FRAME > 2), "X: .* are missing or infinite, the first in column"),
    "objects": (ROWS.astype(object), "X: holds object, not numbers"),
    "texts": (ROWS.astype(str), "X: holds <U32, not numbers"),
    "complex numbers": (ROWS.astype(complex), "X: holds complex128, not numbers"),
    "words in a frame": (
        FRAME.assign(kind="red"),
        "X: column kind holds .*; leave it out, or pass it as y",
    ),
    "one row": (ROWS[:1], r"X: an array of shape \(1, 6\); training needs several rows"),
    "one column": (ROWS[:, :1], "X: one number per row"),
    "too few rows": (ROWS[:20], "data.batch_size=32: the split has 14 images"),
    "a number": (3.0, "X: is float, not an array"),
    "five axes": (np.zeros((4, 1, 1, 2, 2)), "X: an array of shape .* have 1 to 4 axes"),
    "sparse": (scipy.sparse.csr_matrix(ROWS), r"X: is sparse .*X.toarray\(\)"),
    "ragged lists": ([[1.0, 2.0], [3.0]], "X: rows of different lengths"),
    "float images of bytes": (
        np.full((60, 4, 4), 255.0),
        r"X: images of float64 .*: X.astype\('uint8'\)",
    ),
    "no file": ("nowhere.csv", "nowhere.csv: no such file or folder, and no data set; choose from arrays, cifar10"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name):
    given, message = ARRAYS[name]
    with pytest.raises(UserError, match=message) as error:
        narrows.fit(given, **FEW)
    assert "\n" not in str(error.value)


def test_float_images_whose_scale_is_said_are_trained():
    images = np.random.default_rng(0).uniform(0, 255, size=(60, 4, 4))
    assert narrows.fit(images, scale="standard", **FEW).record.data.unit == "standardised numbers"


LABELS = {
    "of the wrong length": (np.zeros(59), "y: 59 labels for 60 rows"),
    "missing": ([None, *range(59)], "y: 1 labels are missing"),
    "nan": (np.full(60, np.nan), "y: 60 labels are missing"),
    "missing in pandas": (pd.array([pd.NA, *range(59)], dtype="Int64"), "y: 1 labels are missing"),
    "with two axes": (np.zeros((60, 2)), r"y: an array of shape \(60, 2\); labels have one axis"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels(name):
    given, message = LABELS[name]
    with pytest.raises(UserError, match=message):
        narrows.fit(ROWS, given, **FEW)


KEYWORDS = {
    "misspelt": ({"bottlenek": 2}, r"bottlenek: no such key \(did you mean model.bottleneck\?\)"),
    "misspelt in full": ({"optimizer__lrr": 2}, "optimizer.lrr: no such key"),
    "of another kind": ({"code__active": 2}, "code.active: not a key of the chosen groups; code=sparse"),
    "no such choice": ({"model": "cnn"}, "model=cnn: choose from conv, linear, mlp"),
    "of the wrong type": ({"max_epochs": 1.5}, "trainer.max_epochs=1.5: must be"),
    "out of bounds": ({"lr": -1}, "optimizer.lr=-1: must be greater than 0"),
    "no plain value": ({"lr": {1, 2}}, "optimizer.lr={1, 2}: must be a number, a text, None or a list"),
    "twice": ({"model__bottleneck": 4}, "bottleneck and model__bottleneck both set model.bottleneck; write bottleneck"),
    "of several": ({"weight": 1}, "weight"),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_keywords(name):
    keywords, message = KEYWORDS[name]
    with pytest.raises(UserError, match=message) as error:
        narrows.fit(ROWS, **(FEW | keywords))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("grid", "message"), [({"bottlenek": [1]}, "did you mean"), ({"seed": []}, "seed: no levels")])
def test_grids(grid, message):
    with pytest.raises(UserError, match=message):
        narrows.sweep(ROWS, grid, **FEW)
