"""Priors: log densities against torch.distributions, samples by their own densities, controls."""

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from narrows.build_latents import build_prior
from narrows.models.codes import Variational
from narrows.models.latents.flow_prior import FlowPrior
from narrows.models.latents.gaussian_posterior import GaussianPosterior
from narrows.models.latents.mixture_prior import MixturePrior
from narrows.models.latents.prior import Prior
from narrows.models.latents.standard_prior import StandardPrior
from narrows.models.latents.vamp_prior import VampPrior
from narrows.seeds import generator
from support.configs import tiny
from support.latents import IMAGES, SHAPE, passed, variational

K = 3
CODES = torch.randn(7, K, dtype=torch.float64, generator=generator(0, "codes"))
ENCODER = torch.nn.Linear(6, 2 * K).double()
POSTERIOR = GaussianPosterior()
NAMES = ["standard", "mixture", "vamp", "flow"]


def made(name: str) -> Prior:
    """With weights away from those that it begins with."""
    config = tiny("code=variational", f"prior={name}", *(["prior.components=4"] if name in ("mixture", "vamp") else []))
    prior = build_prior(config.latent, K, 6).double()
    noise = generator(1, "weights")
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=noise)
    return prior


def log_density(prior: Prior, codes: torch.Tensor = CODES) -> torch.Tensor:
    return prior.log_density(codes, ENCODER, POSTERIOR)


def explicit(means: torch.Tensor, log_variances: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    parts = Independent(Normal(means, (log_variances / 2).exp()), 1)
    return MixtureSameFamily(Categorical(logits=scores), parts).log_prob(CODES)


def test_the_standard_prior_is_torchs_normal():
    torch.testing.assert_close(log_density(made("standard")), Normal(0.0, 1.0).log_prob(CODES).sum(1))


def test_the_mixture_is_torchs_mixture():
    prior = made("mixture")
    assert isinstance(prior, MixturePrior)
    torch.testing.assert_close(log_density(prior), explicit(prior.means, prior.log_variances, prior.scores))


def test_the_vamp_prior_is_the_explicit_mixture_of_its_posteriors():
    prior = made("vamp")
    assert isinstance(prior, VampPrior)
    means, log_variances = ENCODER(prior.logits.sigmoid()).chunk(2, 1)
    torch.testing.assert_close(log_density(prior), explicit(means, log_variances, torch.zeros(4).double()))


@pytest.mark.parametrize("numbers", [1, 2, 5])
def test_a_flow_has_the_density_of_its_change_of_variables(numbers):
    """log p(z) = log N(f(z)) + log |df / dz|, by autograd's Jacobian; and `inverse` is the inverse of f."""
    prior = FlowPrior(numbers, flows=4, units=8).double()
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=generator(1, "weights"))

    def normalised(codes: torch.Tensor) -> torch.Tensor:
        for coupling in prior.couplings:
            codes, _ = coupling(codes)
        return codes

    codes = torch.randn(numbers, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(normalised, codes)
    expected = Normal(0.0, 1.0).log_prob(normalised(codes)).sum() + torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(log_density(prior, codes.unsqueeze(0))[0], expected)
    back = normalised(codes)
    for coupling in reversed(prior.couplings):
        back = coupling.inverse(back)
    torch.testing.assert_close(back, codes)


@pytest.mark.parametrize("name", NAMES)
def test_samples_have_the_density_of_the_prior(name):
    """The mean of -log p over samples is that over a grid in the plane, the entropy, in one and the same prior."""
    prior = made(name)
    like = torch.zeros(100_000, K).double()
    sample = prior.sample(like, generator(2, "samples"), ENCODER, POSTERIOR)
    other = 1.5 * torch.randn(200_000, K, dtype=torch.float64, generator=generator(3, "grid"))
    wide = Normal(0.0, 1.5).log_prob(other).sum(1)
    density = log_density(prior, other).detach()
    weights = (density - wide).exp()  # importance weights: their mean is 1, and that of w · -log p the entropy
    assert weights.mean().item() == pytest.approx(1, abs=5 * weights.std().item() / 200_000**0.5)
    entropy, spread = (weights * -density).mean().item(), (weights * density).std().item()
    estimate = -log_density(prior, sample).detach()
    tolerance = 5 * (spread / 200_000**0.5 + estimate.std().item() / 100_000**0.5)
    assert estimate.mean().item() == pytest.approx(entropy, abs=tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_densities_have_the_gradient_of_finite_differences(name):
    prior = made(name)
    assert torch.autograd.gradcheck(lambda codes: log_density(prior, codes), CODES.clone().requires_grad_())


@pytest.mark.parametrize("prior", [MixturePrior(K, 1).double(), FlowPrior(K, 4, 8).double()], ids=["mixture", "flow"])
def test_a_prior_that_is_the_standard_one_gives_its_bound(prior):
    """One component of mean 0 and variance 1, and a flow that is the identity: the estimate of the same codes."""
    for parameter in prior.parameters():
        torch.nn.init.zeros_(parameter)
    code, standard = Variational(prior=prior), Variational(prior=StandardPrior())
    drawn = code.draw(torch.randn(9, 2 * K).double(), generator(0, "noise"))
    torch.testing.assert_close(code.log_ratio(drawn, ENCODER), standard.log_ratio(drawn, ENCODER))


def test_the_bound_with_such_a_prior_is_the_elbo_in_expectation():
    model = variational("prior=mixture", "prior.components=1")
    for parameter in model.code.parameters():
        torch.nn.init.zeros_(parameter)
    elbo = passed("bound.samples=4000", autoencoder=variational("bound.samples=4000")).losses
    estimate = passed("prior=mixture", "prior.components=1", "bound.samples=4000", autoencoder=model).losses
    torch.testing.assert_close(estimate, elbo, atol=0.02, rtol=0)


def test_a_new_flow_is_the_standard_normal():
    prior = FlowPrior(K, 4, 8).double()
    prior.initialise(generator(0, "weights"))
    torch.testing.assert_close(log_density(prior), log_density(StandardPrior()))


@pytest.mark.parametrize("name", NAMES[1:])
def test_all_weights_of_a_prior_are_trained(name):
    model, _, _, losses = passed(f"prior={name}")
    losses.mean().backward()
    gradients = [parameter.grad for parameter in model.code.prior.parameters()]
    assert gradients and all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    like = torch.zeros(5, K).double()
    assert model.code.prior_sample(like, generator(0, "samples"), model.encoder).shape == (5, K)
    assert IMAGES.shape[1:] == SHAPE
