"""Norms of gradients: of a run alone, of each member of a stack, and their mean."""

import torch

from narrows.training.gradient_norms import gradient_norm, gradient_norms, mean_of_finite


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
