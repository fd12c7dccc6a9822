"""The cache by content."""

import torch

from narrows.evaluation.baselines.cached import cached


def test_a_baseline_is_computed_once_for_equal_images_and_again_for_others(splits):
    calls = []

    @cached
    def count(pixels: torch.Tensor, times: int) -> int:
        calls.append(times)
        return len(pixels) * times

    pixels, copy = splits.train.pixels, splits.train.pixels.clone()
    results = [count(pixels, 2), count(copy, 2), count(copy[1:], 2), count(copy, 3)]
    assert results == [1024, 1024, 1022, 1536]
    assert calls == [2, 2, 3]
