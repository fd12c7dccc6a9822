"""The masked autoregressive flow: a normalised density, its inverse, and what it fits that a Gaussian cannot."""

from math import log, pi

import numpy as np
import pytest
import torch
from torch import Tensor

from narrows.evaluation.support import autoregressive_flow
from narrows.evaluation.support.autoregressive_flow import Conditionals, Flow, fit, flow_samples
from narrows.seeds import generator


def flow_of(numbers: int) -> Flow:
    """Untrained, with random biases, in float64."""
    flow = Flow(numbers, generator(0, "weights")).double()
    for block in flow.blocks:
        for bias in block.biases:
            torch.nn.init.normal_(bias, std=0.3, generator=generator(1, "biases"))
    return flow


def banana(count: int, seed: int = 0) -> Tensor:
    """x normal and y = x² + 0.3 · normal, standardised: uncorrelated, and far from independent."""
    x, y = torch.randn(2, count, generator=generator(seed, "banana"))
    return torch.stack([x, (x.square() + 0.3 * y - 1) / 1.45], 1)


@pytest.mark.parametrize("numbers", [1, 2, 5])
def test_a_number_depends_on_those_before_it_alone(numbers):
    conditionals, x = Conditionals(numbers, generator(0, "weights")).double(), torch.rand(numbers).double()
    for output in (0, 1):
        jacobian = torch.func.jacrev(lambda x, output=output: conditionals(x)[output])(x)
        assert not jacobian.triu().any()
        assert (jacobian.tril(-1) != 0).sum() == numbers * (numbers - 1) // 2


@pytest.mark.parametrize("numbers", [1, 2, 5])
def test_drawing_inverts_the_density(numbers):
    """Numbers drawn from normal ones have their density, divided by the determinant of the derivative."""
    flow, normal = flow_of(numbers), torch.randn(4, numbers, generator=generator(0, "normal"), dtype=torch.float64)
    drawn = flow.from_normal(normal)
    back = drawn
    for block in flow.blocks:
        mean, log_scale = block(back)
        back = ((back - mean) * (-log_scale).exp()).flip(-1)
    torch.testing.assert_close(back, normal)


def test_the_density_integrates_to_1():
    grid = torch.linspace(-12, 12, 601, dtype=torch.float64)
    density = flow_of(2).log_density(torch.cartesian_prod(grid, grid)).exp()
    assert density.sum().item() * 0.04**2 == pytest.approx(1, abs=1e-3)


def test_on_normal_numbers_it_is_as_good_as_the_truth():
    normal = torch.randn(4000, 3, generator=generator(0, "normal"))
    entropy = 1.5 * (1 + log(2 * pi))
    assert -fit(normal[:3000]).log_density(normal[3000:]).mean().item() == pytest.approx(entropy, abs=0.1)


def test_on_a_banana_it_is_better_than_a_gaussian_by_most_of_what_there_is():
    """The truth is log(1.45 / 0.3) = 1.58 nats better."""
    fitted, other = fit(banana(3000)), banana(1000, seed=1)
    gaussian = (other.square().sum(1) / 2 + log(2 * pi)).mean()
    assert fitted.log_density(other).mean().item() + gaussian.item() > 1.2
    drawn = fitted.from_normal(torch.randn(2000, 2, generator=generator(2, "normal"))).numpy()
    assert np.corrcoef(drawn[:, 0] ** 2, drawn[:, 1])[0, 1] > 0.85


def test_codes_that_never_vary_and_a_single_number_are_drawn_too(monkeypatch):
    monkeypatch.setattr(autoregressive_flow, "STEPS", 50)
    codes = np.stack([np.full(300, 7.0), np.arange(300) % 2], 1).astype(np.float32)
    before = torch.get_rng_state()
    drawn = flow_samples(codes, 100)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.isfinite(drawn).all() and np.abs(drawn[:, 0] - 7).max() < 0.01
    assert np.isfinite(flow_samples(codes[:, 1:], 100)).all()
    assert np.array_equal(flow_samples(codes, 100), drawn)
