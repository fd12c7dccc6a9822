"""Intervals and Holm's correction against values computed by hand."""

import numpy as np
import pytest
from pandas import DataFrame

from narrows.stats.inference import half_width, holm, with_verdicts


def test_holm_by_hand_counts_only_tests_that_were_made():
    assert holm(np.array([0.01, np.nan, 0.04, 0.03])) == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)


def test_one_value_has_no_interval():
    assert np.isnan(half_width(np.array([0.5]), np.array([1]))).all()
    assert half_width(1.0, 4) == pytest.approx(3.182446 / 2)


def test_the_verdict_follows_from_the_corrected_p():
    """Holm multiplies the smallest of three p values by three: 0.02 becomes 0.06."""
    rows = [(3, -1.0, 0.001), (3, 1.0, 0.02), (3, 1.0, 0.02), (2, 1.0, np.nan), (3, 0.0, np.nan), (3, 1.0, np.nan)]
    table = with_verdicts(DataFrame(rows, columns=["n", "difference", "p"]))
    assert table["holm"].tolist()[:3] == pytest.approx([0.003, 0.04, 0.04])
    assert table["verdict"].tolist() == [
        "lower",
        "higher",
        "higher",
        "too few seeds (n = 2)",
        "no difference shown",
        "no spread over seeds, not tested",
    ]
