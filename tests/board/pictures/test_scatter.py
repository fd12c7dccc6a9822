"""The codes of two numbers as points."""

import pytest
import torch

from narrows.board.pictures.scatter import scatter


@pytest.mark.parametrize("labels", [10, 30])
def test_a_picture_does_not_depend_on_those_drawn_before(labels):
    numbers = torch.arange(300) % labels
    first, other = torch.randn(300, 2), 50 * torch.rand(300, 2)
    before = scatter(first, numbers)
    assert before.shape[0] == 3
    assert not torch.equal(scatter(other, numbers), before)
    assert torch.equal(scatter(first, numbers), before)


def test_points_have_the_colours_of_their_labels():
    codes = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    colours = scatter(codes, torch.tensor([0, 1])).flatten(1).T.unique(dim=0)
    for colour in ((0x1F, 0x77, 0xB4), (0x17, 0xBE, 0xCF)):  # the first and the last of tab10
        exact = torch.tensor(colour) / 255
        assert ((colours - exact).abs().amax(1) < 0.5 / 255).any()
