"""Philox by torch's own operations: published numbers, an independent implementation, and the laws of the numbers."""

from math import pi

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from narrows.noise import philox
from narrows.noise.philox import Layout
from support import philox_reference

#: Counter, key and words in Random123's file kat_vectors (Salmon et al. 2011); the last inputs are digits of π.
PUBLISHED = [
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
WORDS = st.integers(0, 2**32 - 1)
COUNTERS, KEYS = st.tuples(*[WORDS] * 4), st.tuples(*[WORDS] * 2)
EVERY = 2**24  # numbers that the upper 24 bits of a word can be


def words(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    drawn = philox.philox([torch.tensor(word) for word in counter], [torch.tensor(word) for word in key])
    return tuple(int(word) for word in drawn)


def signed(key: int) -> int:
    """The integer of 64 bits with the same bits."""
    return key - 2**64 if key >= 2**63 else key


@pytest.mark.parametrize(("counter", "key", "expected"), PUBLISHED)
def test_the_published_numbers(counter, key, expected):
    assert words(counter, key) == expected
    assert philox_reference.philox(counter, key) == expected


@given(COUNTERS, KEYS)
def test_any_counter_and_key_as_an_independent_implementation(counter, key):
    assert words(counter, key) == philox_reference.philox(counter, key)


@given(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_uniform_numbers_are_the_upper_bits_of_the_words_of_key_step_and_request(key, step, request, rows, wide):
    keys, steps = torch.tensor([signed(key)]), torch.tensor([step])
    drawn = philox.numbers(False, keys, steps, request, Layout(rows, wide))
    expected = [(word >> 8) / 2**24 for word in philox_reference.words_of(key, step, request, rows * wide)]
    assert drawn.shape == (1, rows, wide) and drawn.flatten().tolist() == expected


def test_the_logarithm_of_every_uniform_number():
    counts = torch.arange(1, EVERY + 1)
    logarithms, expected = philox.log(counts), (counts.double() / EVERY).log()
    assert ((logarithms - expected).abs() <= 1.2e-7 * expected.abs()).all()  # 2^-23: a last digit of float32
    assert logarithms.max() == 0


def test_cosine_and_sine_of_every_uniform_number():
    counts = torch.arange(EVERY)
    cosine, sine = philox.cosine_and_sine(counts)
    angles = counts.double() * (2 * pi / EVERY)
    assert (cosine - angles.cos()).abs().max() < 1e-7 and (sine - angles.sin()).abs().max() < 1e-7


@pytest.mark.parametrize("word", [0, 2**32 - 1, 2**31])
@pytest.mark.parametrize("other", [0, 2**32 - 1, 2**31])
def test_normal_numbers_are_finite_at_the_ends_of_the_words(word, other):
    drawn = torch.stack(philox.normals([torch.tensor(word), torch.tensor(other)] * 2))
    assert drawn.isfinite().all() and drawn.abs().max() < 5.8


@given(
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(0, 3),
    st.integers(1, 7),
    st.integers(1, 7),
)
def test_padding_and_more_rows_change_no_number(normal, widths, more, rows, fewer):
    """Each member's numbers are those that it draws alone and without padding; numbers that it lacks are 0."""
    keys, steps = torch.arange(len(widths)) * 12345, torch.arange(len(widths))
    wide = max(widths) + more
    drawn = philox.numbers(normal, keys, steps, 1, Layout(rows, wide, torch.tensor(widths)))
    for member, width in enumerate(widths):
        alone = philox.numbers(normal, keys[member, None], steps[member, None], 1, Layout(1, rows * width))
        assert torch.equal(drawn[member, :, :width], alone.view(rows, width))
        assert not drawn[member, :, width:].any()
    first = philox.numbers(normal, keys, steps, 1, Layout(min(fewer, rows), wide, torch.tensor(widths)))
    assert torch.equal(drawn[:, : min(fewer, rows)], first)
