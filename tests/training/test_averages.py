"""Averages of weights in the state of an optimiser: their formula, and their exchange with the weights."""

import pytest
import torch

from narrows.training.averages import average_after_steps, swap


def stepped(decay: float, steps: int) -> tuple[torch.optim.Optimizer, torch.nn.Parameter, list[torch.Tensor]]:
    """An optimiser after so many steps, its weights, and what they were after each."""
    weights = torch.nn.Parameter(torch.arange(5.0))
    optimizer = torch.optim.SGD([weights], 0.1, momentum=0.9)
    average_after_steps(optimizer, decay)
    path = []
    for step in range(steps):
        weights.grad = torch.full((5,), float(step) - 3)
        optimizer.step()
        path.append(weights.detach().clone())
    return optimizer, weights, path


@pytest.mark.parametrize("decay", [0.3, 0.99])
def test_the_average_is_exponential_and_soon_leaves_the_first_weights(decay):
    optimizer, weights, path = stepped(decay, 12)
    expected = path[0]
    for step, value in enumerate(path[1:], 1):
        kept = min(decay, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * value
    swap(optimizer)
    torch.testing.assert_close(weights.detach(), expected)
    swap(optimizer)
    assert torch.equal(weights.detach(), path[-1])


def test_without_averages_a_swap_changes_nothing():
    weights = torch.nn.Parameter(torch.arange(5.0))
    swap(torch.optim.Adam([weights]))
    assert torch.equal(weights.detach(), torch.arange(5.0))


def test_a_parameter_without_gradient_has_no_average():
    weights = torch.nn.Parameter(torch.arange(5.0))
    optimizer = torch.optim.SGD([weights], 0.1)
    average_after_steps(optimizer, 0.9)
    optimizer.step()
    assert not optimizer.state
