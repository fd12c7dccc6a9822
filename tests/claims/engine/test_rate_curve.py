"""Curves of error over rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrows.claims.engine.rate_curve import curve


def test_a_curve_is_the_lower_envelope_and_starts_at_its_lowest_rate():
    envelope = curve([(0.4, 0.2), (0.1, 0.4), (0.2, 0.5), (0.8, 0.3)])
    assert [envelope.at(rate) for rate in (0.1, 0.2, 0.4, 0.8, 2)] == pytest.approx([0.4, 0.4, 0.2, 0.2, 0.2])
    assert np.isnan(envelope.at(0.09))


@given(points=st.lists(st.tuples(st.floats(0, 10), st.floats(1e-6, 1)), min_size=1), rate=st.floats(1e-5, 20))
def test_more_bits_are_never_worse(points, rate):
    envelope = curve(points)
    assert not envelope.at(rate) < min(error for _, error in points) * 0.999999
    assert np.isnan(envelope.at(rate)) or envelope.at(2 * rate) <= envelope.at(rate) * 1.000001
