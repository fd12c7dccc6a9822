"""Norms of gradients: of a run alone, of each member of a stack, and their mean."""

import pytest
import torch

from narrows.training.gradient_norms import (
    clip,
    clip_before_steps,
    clipping,
    gradient_norm,
    gradient_norms,
    mean_of_finite,
)


def test_the_gradient_norm_is_that_of_all_gradients_as_one_vector():
    gradients = [torch.randn(4, 3), torch.randn(7)]
    whole = torch.cat([gradient.flatten() for gradient in gradients])
    torch.testing.assert_close(gradient_norm(gradients), whole.norm())


def test_each_member_of_a_stack_has_the_norm_it_has_alone():
    stacked = [torch.randn(5, 4, 3), torch.randn(5, 7)]
    alone = torch.stack([gradient_norm([gradient[member] for gradient in stacked]) for member in range(5)])
    torch.testing.assert_close(gradient_norms(stacked), alone)


def test_a_skipped_step_has_no_part_in_the_mean():
    assert mean_of_finite(torch.tensor([1.0, torch.inf, 3.0])) == 2


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_clipped_gradients_have_the_norm_and_direction_of_torchs(limit):
    model, twin = torch.nn.Linear(4, 3), torch.nn.Linear(4, 3)
    for each in (model, twin):
        for parameter in each.parameters():
            parameter.grad = torch.ones_like(parameter)
    clip([parameter.grad for parameter in model.parameters()], limit)
    torch.nn.utils.clip_grad_norm_(twin.parameters(), limit)
    for parameter, other in zip(model.parameters(), twin.parameters(), strict=True):
        assert torch.equal(parameter.grad, other.grad)
    assert gradient_norm([parameter.grad for parameter in model.parameters()]) == pytest.approx(min(limit, 15**0.5))


def test_the_factor_of_clipping_is_1_for_short_gradients():
    assert clipping(torch.tensor([0.1, 2.0]), 1.0).tolist() == pytest.approx([1, 0.5], rel=1e-5)


def test_an_optimiser_clips_before_each_step():
    weight = torch.nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([weight], 1.0)
    clip_before_steps(optimizer, 0.5)
    weight.grad = torch.tensor([3.0, 4.0])
    optimizer.step()
    assert weight.tolist() == pytest.approx([-0.3, -0.4])
