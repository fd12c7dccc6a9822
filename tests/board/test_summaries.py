"""What is written into an event file."""

import numpy as np
import pytest

from narrows.board.summaries import histogram


@pytest.mark.parametrize("spread", [0.0, 1e-8, 1e-7, 1e-6, 1.0])
def test_codes_that_are_almost_equal_have_a_histogram(spread):
    """A unit that hardly tells images apart fails no run."""
    values = np.linspace(0.3, 0.3 + spread, 1000, dtype=np.float32)
    (value,) = histogram("code/unit0", values).value
    assert sum(value.histo.bucket) == value.histo.num == 1000
    assert value.histo.min <= np.float32(0.3) <= value.histo.max
