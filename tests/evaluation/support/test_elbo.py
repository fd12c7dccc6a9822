"""The bounds of a variational autoencoder, against a model whose likelihood is known."""

import json
from math import exp, log, pi

import pytest
import torch
from torch import nn

from narrows.evaluation.support.elbo import _negative_log_likelihood, elbo, gap, importance_bound
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import Variational
from narrows.models.heads import Pointwise
from narrows.models.layers import Layers
from narrows.run import run
from support.configs import tiny


class Posterior(nn.Module):
    """An encoder with a code of one number: mean proportional to the pixel, constant logarithm of the variance."""

    def __init__(self, weight: float, log_variance: float) -> None:
        super().__init__()
        self.weight, self.log_variance = weight, log_variance

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.weight * images, torch.full_like(images, self.log_variance)], 1)


def one_pixel(weight: float, log_variance: float) -> Autoencoder:
    """Images of one pixel, x = z + noise of variance 1/2 under `mse`: then p(x) is normal with variance 3/2."""
    return Autoencoder(Posterior(weight, log_variance), Variational(), Layers(nn.Identity()), (1, 1, 1), "linear")


PIXELS = torch.arange(0, 250, 10, dtype=torch.uint8).view(-1, 1, 1, 1).repeat(400, 1, 1, 1)
X = (PIXELS.double() / 255).flatten()
EXACT = float((X.square() / 3 + log(3 * pi) / 2).mean())  # -log p(x), mean over images


def test_with_the_true_posterior_both_bounds_are_the_likelihood_itself():
    """q(z|x) = p(z|x), normal with mean 2x/3 and variance 1/3."""
    autoencoder = one_pixel(2 / 3, -log(3))
    assert elbo(autoencoder, "mse", PIXELS)["nelbo"] == pytest.approx(EXACT, abs=0.02)
    for count in (1, 10):
        assert importance_bound(autoencoder, "mse", PIXELS, count) == pytest.approx(EXACT, abs=1e-5)


def test_with_another_posterior_more_samples_are_closer_to_the_likelihood_from_above():
    autoencoder = one_pixel(0.0, 0.0)
    bounds = [importance_bound(autoencoder, "mse", PIXELS, count) for count in (1, 5, 50)]
    assert bounds[0] == pytest.approx(elbo(autoencoder, "mse", PIXELS)["nelbo"], abs=0.05)
    assert bounds[0] > bounds[1] > bounds[2] > EXACT - 0.01
    assert bounds[2] == pytest.approx(EXACT, abs=0.03)


def test_the_gap_is_the_difference_of_the_bounds_of_the_same_samples():
    assert gap(one_pixel(2 / 3, -log(3)), "mse", PIXELS, 10) == pytest.approx(0, abs=1e-5)  # the true posterior
    autoencoder = one_pixel(0.0, 0.0)
    assert gap(autoencoder, "mse", PIXELS, 1) == 0
    estimate = elbo(autoencoder, "mse", PIXELS)["nelbo"] - gap(autoencoder, "mse", PIXELS[:100], 500)
    assert estimate == pytest.approx(EXACT, abs=0.05)


def test_its_two_parts_have_their_values_and_add_up():
    metrics = elbo(one_pixel(0.0, log(2)), "mse", PIXELS)
    assert metrics["nelbo"] == pytest.approx(metrics["nelbo_reconstruction"] + metrics["nelbo_kl"])
    assert metrics["nelbo_kl"] == pytest.approx((2 - 1 - log(2)) / 2, rel=1e-5)
    assert metrics["nelbo_reconstruction"] == pytest.approx(float(X.square().mean()) + 2 + log(pi) / 2, abs=0.1)


@pytest.fixture(scope="module")
def variational(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variational")
    config = tiny("code=variational", "objective=bce", "logger=tensorboard", "trainer.max_epochs=3")
    return folder, run(config, folder)


def test_evaluating_a_checkpoint_prints_the_bounds(variational, command):
    folder, result = variational
    outcome = command("evaluate", f"checkpoint={folder / 'best.ckpt'}", "samples=5")
    metrics = json.loads(outcome.out)
    parts = {name: metrics[f"test/{name}"] for name in ("nelbo", "nelbo_reconstruction", "nelbo_kl", "nll_bound")}
    assert parts["nll_bound"] < parts["nelbo"]
    assert parts["nelbo"] == pytest.approx(result.metrics["test/nelbo"], rel=1e-5)


def test_the_test_loss_is_nearly_the_bound(variational):
    """The loss is that of the mean code, the bound that of a sampled one."""
    _, result = variational
    assert 784 * result.metrics["test/loss"] == pytest.approx(result.metrics["test/nelbo"], rel=0.05)


def density(objective: str, x: torch.Tensor, score: float) -> torch.Tensor:
    """exp of what is taken for log p(x | z), of images of one pixel with the values `x` (N,)."""
    scores = torch.full((len(x), 1, 1, 1), score).double()
    output = Reconstruction(Pointwise("sigmoid" if objective == "bce" else "linear"), scores, torch.empty(0))
    return (-_negative_log_likelihood(output, x.view(-1, 1, 1, 1), objective)).exp()


@pytest.mark.parametrize("objective", ["mse", "l1"])
def test_two_errors_are_those_of_densities(objective):
    x = torch.linspace(-20, 20, 40_001).double()
    assert torch.trapezoid(density(objective, x, 0.3), x) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("score", [0.1, 2.0, -5.0])
def test_cross_entropy_of_grey_pixels_is_that_of_none(score):
    """Its integral over [0, 1] is (2p - 1) / logit(p), below 1 for every p: the continuous Bernoulli's constant."""
    x, p = torch.linspace(0, 1, 10_001).double(), 1 / (1 + exp(-score))
    integral = float(torch.trapezoid(density("bce", x, score), x))
    assert integral == pytest.approx((2 * p - 1) / score, rel=1e-4)
    assert integral < 0.51
