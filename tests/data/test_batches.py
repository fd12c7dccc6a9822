"""Minibatches of one epoch."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from narrows.data.batches import Batches
from narrows.data.sources import as_floats
from narrows.seeds import generator

COUNTS = st.tuples(st.integers(1, 300), st.integers(1, 130), st.integers(1, 20))


@given(COUNTS, st.none() | st.integers(0, 100))
def test_an_epoch_holds_every_image_once(digits, counts, seed):
    count, batch_size, round_size = counts
    pixels = digits.train.pixels[:count]
    batches = Batches(pixels, batch_size, None if seed is None else generator(seed, "order"), round_size)
    rounds = list(batches)
    minibatches = [images for round_ in rounds for images in round_]
    assert len(rounds) == len(batches)
    assert all(len(round_) == round_size for round_ in rounds[:-1])
    assert all(len(images) == batch_size for images in minibatches[:-1])
    seen = torch.cat(minibatches)
    everything = {row.tobytes() for row in as_floats(pixels).numpy()}
    assert len(seen) == count
    assert {row.tobytes() for row in seen.numpy()} == everything
    if seed is None:
        assert torch.equal(seen, as_floats(pixels))
