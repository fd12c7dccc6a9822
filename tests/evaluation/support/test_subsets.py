"""Random subsets of test images."""

import torch

from narrows.evaluation.support.subsets import random_subset


def test_a_subset_is_the_same_in_every_call_and_parts_have_no_image_in_common():
    rows = torch.arange(1000)
    parts = [random_subset(rows, 250, part) for part in range(4)]
    assert torch.equal(parts[0], random_subset(rows, 250))
    assert torch.equal(torch.cat(parts).sort().values, rows)


def test_a_subset_stands_for_all_images_in_whatever_order_they_come():
    assert abs(random_subset(torch.arange(10_000.0), 1000).mean() - 5000) < 3 * 10_000 / 12**0.5 / 1000**0.5


def test_fewer_images_than_requested_are_all_of_them():
    assert random_subset(torch.arange(5), 300).sort().values.tolist() == [0, 1, 2, 3, 4]
