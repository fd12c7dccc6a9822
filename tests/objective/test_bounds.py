"""Bounds from several codes: against computations of their own, at their limits, and their two gradients."""

import itertools
from dataclasses import replace
from math import log

import pytest
import torch
from torch.distributions import Normal
from torch.nn import functional as F

from narrows.data.sources import as_floats
from narrows.evaluation.support.elbo import elbo, importance_bound
from narrows.models.gradient_factors import factored
from narrows.objective.bounds import BOUNDS
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.configs import tiny
from support.latents import IMAGES, gradients, passed, variational

PIXELS = IMAGES[0].numel()
LOG_WEIGHTS = 3 * torch.randn(5, 6, dtype=torch.float64, generator=generator(1, "log weights"))
NAMES = list(BOUNDS)


def log_weights(autoencoder, samples: int) -> torch.Tensor:
    """log w of each image and code, (B, S), by torch's own distributions, with the noise of `passed`."""
    mean, log_variance = autoencoder.encoder(IMAGES.flatten(1)).repeat_interleave(samples, 0).chunk(2, 1)
    posterior = Normal(mean, (log_variance / 2).exp())
    noise = torch.randn(mean.shape, generator=generator(0, "noise"), dtype=torch.float64)
    code = mean + (log_variance / 2).exp() * noise
    targets = IMAGES.repeat_interleave(samples, 0).flatten(1)
    of_pixels = -F.binary_cross_entropy_with_logits(autoencoder.decoder(code), targets, reduction="none").sum(1)
    ratio = Normal(0.0, 1.0).log_prob(code).sum(1) - posterior.log_prob(code).sum(1)
    return (of_pixels + ratio).view(len(IMAGES), samples)


@pytest.mark.parametrize("samples", [1, 5])
def test_the_importance_weighted_loss_is_that_of_an_independent_computation(samples):
    model, _, _, losses = passed("bound=iwae", f"bound.samples={samples}")
    expected = log(samples) - log_weights(model, samples).logsumexp(1)
    torch.testing.assert_close(PIXELS * losses, expected)


def test_a_hand_computed_case():
    """Weights 1 and 3, then 5 and 7: log 4, the mean of log 2 and log 6, and half of it with the elbo."""
    weights = torch.tensor([[1.0, 3.0, 5.0, 7.0]]).double().log()
    grouped = {"samples": 2, "groups": 2}
    assert BOUNDS["iwae"].value(weights, BOUNDS["iwae"]).item() == pytest.approx(log(4))
    assert BOUNDS["miwae"].value(weights, replace(BOUNDS["miwae"], **grouped)).item() == pytest.approx(log(2 * 6) / 2)
    mixed = replace(BOUNDS["ciwae"], samples=4, mixing=0.5)
    assert BOUNDS["ciwae"].value(weights, mixed).item() == pytest.approx(log(4) / 2 + log(105) / 8)
    assert BOUNDS["elbo"].value(weights, BOUNDS["elbo"]).item() == pytest.approx(log(105) / 4)
    factors = replace(BOUNDS["piwae"], **grouped).factors(weights)
    assert factors is not None  # 16 / (2 · 4) and 16 / (2 · 12)
    torch.testing.assert_close(factors, torch.tensor([[2.0, 2.0, 2 / 3, 2 / 3]]).double())


SIX = ("bound.samples=6",)
LIMITS = [
    (("bound=miwae", "bound.groups=1", *SIX), ("bound=iwae", *SIX)),
    (("bound=miwae", "bound.groups=6", "bound.samples=1"), ("bound=elbo", *SIX, "bound.gradient=doubly")),
    (("bound=ciwae", "bound.mixing=0.0", *SIX), ("bound=iwae", *SIX)),
    (("bound=ciwae", "bound.mixing=1.0", *SIX), ("bound=elbo", *SIX, "bound.gradient=doubly")),
    (("bound=piwae", "bound.groups=1", *SIX), ("bound=iwae", *SIX)),
    (("bound=iwae", "bound.samples=1"), ("bound=elbo", "bound.gradient=doubly")),
]


@pytest.mark.parametrize(("overrides", "neighbour"), LIMITS, ids=lambda case: " ".join(case))
def test_at_its_limits_a_bound_is_its_neighbour(overrides, neighbour):
    torch.testing.assert_close(passed(*overrides).losses, passed(*neighbour).losses)
    if not any("elbo" in text for text in neighbour):  # the plain gradient of which is doubly reparameterised here
        for gradient, expected in zip(gradients(*overrides), gradients(*neighbour), strict=True):
            torch.testing.assert_close(gradient, expected)
    doubly = ("bound.gradient=doubly",)
    for gradient, expected in zip(gradients(*overrides, *doubly), gradients(*neighbour, *doubly), strict=True):
        torch.testing.assert_close(gradient, expected)


def test_piwae_gives_the_encoder_the_gradient_of_miwae_and_the_decoder_that_of_iwae():
    groups = ("bound.samples=3", "bound.groups=2")
    encoder, decoder = gradients("bound=piwae", *groups)
    torch.testing.assert_close(encoder, gradients("bound=miwae", *groups)[0])
    torch.testing.assert_close(decoder, gradients("bound=iwae", *SIX)[1])


@pytest.mark.parametrize("name", NAMES)
def test_values_have_the_gradient_of_finite_differences(name):
    bound = replace(BOUNDS[name], samples=3 if name in ("miwae", "piwae") else 6, groups=2, mixing=0.3)
    assert torch.autograd.gradcheck(lambda x: bound.value(x, bound), LOG_WEIGHTS.clone().requires_grad_())


def doubly_by_hand(samples: int) -> torch.Tensor:
    """The encoder's gradient of Tucker et al. 2019, eq. 8: the sum of w² times that of log w, by the code alone."""
    model = variational()
    mean, log_variance = model.encoder(IMAGES.flatten(1)).repeat_interleave(samples, 0).chunk(2, 1)
    noise = torch.randn(mean.shape, generator=generator(0, "noise"), dtype=torch.float64)
    code = mean + (log_variance / 2).exp() * noise
    fixed = Normal(mean.detach(), (log_variance / 2).exp().detach())
    targets = IMAGES.repeat_interleave(samples, 0).flatten(1)
    of_pixels = -F.binary_cross_entropy_with_logits(model.decoder(code), targets, reduction="none").sum(1)
    values = of_pixels + Normal(0.0, 1.0).log_prob(code).sum(1) - fixed.log_prob(code).sum(1)
    by_image = values.view(-1, samples)
    weights = by_image.softmax(1).detach()
    loss = -(weights.square() * by_image).sum(1).mean() / PIXELS
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(model.encoder.parameters()))])


@pytest.mark.parametrize("samples", [1, 5])
def test_the_doubly_reparameterised_gradient_is_the_published_one(samples):
    encoder, decoder = gradients("bound=iwae", f"bound.samples={samples}", "bound.gradient=doubly")
    torch.testing.assert_close(encoder, doubly_by_hand(samples))
    torch.testing.assert_close(decoder, gradients("bound=iwae", f"bound.samples={samples}")[1])


def test_both_gradients_have_the_same_mean_and_the_doubly_reparameterised_one_less_variance():
    """Over 600 noises, of the biases of the encoder's last layer."""
    model = variational()
    objectives = [passed("bound=iwae", f"bound.gradient={name}").objective for name in ("reparameterised", "doubly")]
    draws, noise = [], generator(5, "draws")
    for _ in range(600):
        of_both = []
        for objective in objectives:
            output = model(IMAGES, noise, objective.draws)
            loss = objective(model, output, IMAGES, 0, noise).mean()
            of_both.append(torch.autograd.grad(loss, model.encoder[-1].bias)[0])
        draws.append(torch.stack(of_both))
    values = torch.stack(draws)  # (draws, 2, 2k)
    mean, deviation = values.mean(0), values.std(0)
    error = (deviation.square().sum(0) / len(values)).sqrt()
    assert ((mean[0] - mean[1]).abs() < 4 * error).all()
    assert deviation[1].mean() < deviation[0].mean()


def test_a_factor_known_later_multiplies_the_gradient():
    rows = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    same, above, below = factored(rows)
    assert torch.equal(same, rows) and not above.any() and not below.any()
    factor = torch.tensor([0.5, 2.0, 0.0]).double()
    loss = same.square().sum(1) + above * factor + below
    (gradient,) = torch.autograd.grad(loss.mean(), rows)
    torch.testing.assert_close(gradient, factor.unsqueeze(1) * 2 * rows / 3)


def test_far_apart_weights_give_finite_losses_and_factors():
    weights = torch.tensor([[0.0, -500.0, -900.0, -1000.0]])
    for name in NAMES:
        for doubly in (False, True):
            bound = replace(BOUNDS[name], samples=2, groups=2, mixing=0.0, doubly=doubly)
            factors = bound.factors(weights)
            assert bound.value(weights, bound).isfinite().all() and (factors is None or factors.isfinite().all())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "vae"
    overrides = ("code=variational", "objective=bce", "data.binarise=fixed", "data.train_size=2000")
    run(tiny(*overrides, "model.bottleneck=8", "data.batch_size=32", "trainer.max_epochs=8"), folder)
    return checkpoint.load(folder / "best.ckpt")


def test_of_a_trained_model_more_codes_give_a_tighter_bound(trained, splits):
    """−ELBO ≥ k = 5 ≥ k = 50, in nats of 200 images, each computed with codes of its own."""
    pixels = splits.test.pixels[:200]
    bounds = [elbo(trained, "bce", pixels)["nelbo"], *(importance_bound(trained, "bce", pixels, k) for k in (5, 50))]
    assert bounds[0] > bounds[1] + 0.1 and bounds[1] > bounds[2] + 0.1


def test_the_loss_of_a_trained_model_is_the_bound_of_the_evaluation(trained, splits):
    pixels = splits.test.pixels[:200]
    objective, images = passed("bound=iwae", "bound.samples=50").objective, as_floats(pixels)
    noise = generator(3, "noise")
    with torch.no_grad():
        losses = objective(trained, trained(images, noise, objective.draws), images, 0, noise)
    assert 784 * losses.mean().item() == pytest.approx(importance_bound(trained, "bce", pixels, 50), rel=0.005)


@pytest.mark.parametrize(("bound", "gradient"), [("iwae", "reparameterised"), ("iwae", "doubly"), ("piwae", "doubly")])
def test_every_combination_with_every_distribution_has_finite_gradients(bound, gradient):
    posteriors, priors = ("gaussian", "full_covariance", "iaf", "planar"), ("standard", "mixture", "vamp", "flow")
    for posterior, prior in itertools.product(posteriors, priors):
        flow = posterior in ("iaf", "planar")
        if (flow and gradient == "doubly") or (flow and prior == "vamp"):
            continue  # refused
        names = (f"posterior={posterior}", f"prior={prior}", f"bound={bound}", f"bound.gradient={gradient}")
        model, _, _, losses = passed(*names)
        assert losses.shape == (len(IMAGES),)
        losses.mean().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters()), names
