"""Codes as real bytes."""

import numpy as np
import pytest

from narrows.evaluation.coding import codec


@pytest.fixture
def normal() -> np.ndarray:
    return np.random.default_rng(0).normal([0, 5], [1, 3], (5000, 2)).astype(np.float32)


def test_decoded_codes_are_within_half_a_step(normal):
    steps = np.array([0.25, 0.5], np.float32)
    coder = codec.fit(normal, steps)
    decoded = coder.decode(coder.encode(normal), len(normal))
    assert (np.abs(decoded - normal) <= steps * 0.501).all()
    assert np.array_equal(coder.decode(coder.encode(decoded), len(normal)), decoded)


def test_the_bytes_are_within_a_percent_of_the_entropy(normal):
    """Of a rounded normal variable: log2(spread / step · √(2πe)) bits."""
    steps = np.array([0.25, 0.5], np.float32)
    bits = 8 * len(codec.fit(normal, steps).encode(normal)) / len(normal)
    entropy = np.log2(np.array([1, 3]) / steps * np.sqrt(2 * np.pi * np.e)).sum()
    assert bits == pytest.approx(entropy, rel=0.01)


def test_numbers_outside_the_range_of_training_are_coded_as_the_nearest_inside(normal):
    coder = codec.fit(normal, np.array([0.25, 0.5], np.float32))
    decoded = coder.decode(coder.encode(np.array([[100, -100]], np.float32)), 1)
    assert decoded == pytest.approx(np.array([[normal[:, 0].max(), normal[:, 1].min()]]), abs=0.5)


def test_a_number_that_never_varies_costs_nothing(normal):
    normal[:, 1] = 7
    both = codec.fit(normal, np.array([0.25, 1e6], np.float32))
    first = codec.fit(normal[:, :1], np.array([0.25], np.float32))
    assert len(both.encode(normal)) <= len(first.encode(normal[:, :1])) + 4
