"""Posteriors: densities against torch.distributions and autograd, divergences against estimates, samples by moments."""

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from narrows.build_latents import build_posterior
from narrows.config.latent_sections import encoder_outputs
from narrows.models.codes import Variational
from narrows.models.latents.densities import log_normals, log_standard_normal
from narrows.models.latents.full_covariance import FullCovariance
from narrows.models.latents.gaussian_posterior import GaussianPosterior
from narrows.models.latents.iaf import InverseAutoregressiveFlow
from narrows.models.latents.planar import PlanarFlow, planar
from narrows.models.latents.posterior import Posterior
from narrows.objective.terms import free_bits
from narrows.seeds import generator
from support.configs import tiny
from support.latents import passed

K = 3
NAMES = ["gaussian", "full_covariance", "iaf", "planar", "von_mises_fisher"]


def made(name: str) -> tuple[Posterior, int]:
    """The posterior, with weights away from 0, and the outputs of the encoder that it takes."""
    config = tiny("code=variational", f"posterior={name}", f"model.bottleneck={K}")
    posterior = build_posterior(config.posterior, K).double()
    noise = generator(1, "weights")
    for parameter in posterior.parameters():
        torch.nn.init.normal_(parameter, std=0.2, generator=noise)
    return posterior, encoder_outputs(config.code, config.posterior, K)


def hidden(size: int, rows: int = 5) -> Tensor:
    return torch.randn(rows, size, dtype=torch.float64, generator=generator(2, "hidden"))


class Fixed:
    """A source of noise that gives these numbers."""

    def __init__(self, numbers: Tensor) -> None:
        self.numbers = numbers

    def normal(self, like: Tensor, of_code: bool) -> Tensor:
        return self.numbers

    uniform = normal


@pytest.mark.parametrize("name", NAMES)
def test_the_encoder_has_as_many_outputs_as_it_says(name):
    posterior, size = made(name)
    drawn = posterior.draw(hidden(size), generator(0, "noise"))
    assert drawn.code.shape == posterior.mean(hidden(size)).shape == (5, K) and drawn.log_density.shape == (5,)
    assert posterior.hidden_per_number in (size // K, 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_has_the_traits_of_the_module(name):
    section, (posterior, _) = tiny("code=variational", f"posterior={name}").posterior, made(name)
    assert (section.closed_form, section.tractable) == (posterior.closed_form, posterior.tractable)
    assert section.one_width == (posterior.hidden_per_number == 0)


@pytest.mark.parametrize("name", ["gaussian", "full_covariance", "von_mises_fisher"])
def test_a_drawn_code_has_the_density_of_that_code(name):
    posterior, size = made(name)
    drawn = posterior.draw(hidden(size), generator(0, "noise"))
    torch.testing.assert_close(drawn.log_density, posterior.log_density(hidden(size), drawn.code))


def test_densities_and_divergence_of_gaussians_are_torchs_own():
    posterior, size = made("gaussian")
    mean, log_variance = hidden(size).chunk(2, 1)
    expected, codes = Normal(mean, (log_variance / 2).exp()), hidden(K)
    torch.testing.assert_close(posterior.log_density(hidden(size), codes), expected.log_prob(codes).sum(1))
    torch.testing.assert_close(posterior.divergence(hidden(size)), kl_divergence(expected, Normal(0.0, 1.0)).sum(1))
    each = expected.log_prob(codes.unsqueeze(1)).sum(2)
    torch.testing.assert_close(log_normals(codes, mean, log_variance), each)


def test_densities_and_divergence_with_a_full_covariance_are_torchs_own():
    posterior, size = made("full_covariance")
    mean, log_diagonal, below = hidden(size).split([K, K, K * K], 1)
    factor = below.view(-1, K, K).tril(-1) + (log_diagonal / 2).exp().diag_embed()
    expected, codes = MultivariateNormal(mean, scale_tril=factor), hidden(K)
    torch.testing.assert_close(posterior.log_density(hidden(size), codes), expected.log_prob(codes))
    torch.testing.assert_close(posterior.log_densities(hidden(size), codes), expected.log_prob(codes.unsqueeze(1)))
    normal = MultivariateNormal(torch.zeros(K).double(), torch.eye(K).double())
    torch.testing.assert_close(posterior.divergence(hidden(size)), kl_divergence(expected, normal))


def test_without_numbers_below_the_diagonal_a_full_covariance_is_that_of_independent_numbers():
    full, independent = FullCovariance(), GaussianPosterior()
    parts = hidden(2 * K)
    padded = torch.cat([parts, torch.zeros(5, K * K).double()], 1)
    torch.testing.assert_close(full.divergence(padded), independent.divergence(parts))
    torch.testing.assert_close(full.log_density(padded, hidden(K)), independent.log_density(parts, hidden(K)))


@pytest.mark.parametrize("name", ["iaf", "planar"])
def test_the_log_determinant_of_a_flow_is_that_of_autograds_jacobian(name):
    """log q(z) = log N(noise) - log |dz / d noise|."""
    posterior, size = made(name)
    noise, given = hidden(K), hidden(size)
    for row in range(len(noise)):
        one = given[row : row + 1]
        jacobian = torch.autograd.functional.jacobian(
            lambda numbers, one=one: posterior.sample(one, Fixed(numbers.unsqueeze(0)))[0], noise[row]
        )
        drawn = posterior.draw(one, Fixed(noise[row : row + 1]))
        expected = log_standard_normal(noise[row]) - torch.linalg.slogdet(jacobian).logabsdet
        torch.testing.assert_close(drawn.log_density[0], expected)


@pytest.mark.parametrize("name", ["iaf", "planar"])
def test_a_flow_integrates_to_one(name):
    """E_q[p(z) / q(z)] = 1 for a narrow normal p around the middle of q, over 200,000 codes of one image."""
    posterior, size = made(name)
    given = 0.3 * hidden(size)[:1]
    drawn = posterior.draw(given.expand(200_000, -1), generator(3, "noise"))
    ratio = (Normal(posterior.mean(given), 0.4).log_prob(drawn.code).sum(1) - drawn.log_density).exp()
    assert ratio.mean().item() == pytest.approx(1, abs=5 * ratio.std().item() / 200_000**0.5)


def test_a_new_autoregressive_flow_is_the_gaussian_that_it_starts_from():
    flow = InverseAutoregressiveFlow(K, flows=2, units=16).double()
    flow.initialise(generator(0, "weights"))
    given, noise = hidden(3 * K), generator(0, "noise")
    drawn = flow.draw(given, noise)
    expected = GaussianPosterior().draw(given[:, : 2 * K], generator(0, "noise"))
    torch.testing.assert_close(drawn.code, expected.code)
    torch.testing.assert_close(drawn.log_density, expected.log_density)


@pytest.mark.parametrize("numbers", [1, 2, 5])
def test_each_number_of_an_autoregressive_step_depends_on_those_before_it_only(numbers):
    flow = InverseAutoregressiveFlow(numbers, flows=2, units=32).double()
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, generator=generator(1, "weights"))
    context = torch.randn(numbers).double()
    for step, triangle in zip(flow.steps, (torch.tril, torch.triu), strict=True):
        jacobian = torch.autograd.functional.jacobian(
            lambda z, step=step: step(z, context)[0], torch.randn(numbers).double()
        )
        torch.testing.assert_close(jacobian, triangle(jacobian))
        assert jacobian.count_nonzero() == numbers * (numbers + 1) // 2


def test_a_planar_step_by_hand():
    """z = 0, u = w = 1, b = 0.5: along = 1 becomes softplus(1) - 1, and z that times tanh 0.5."""
    one = torch.ones(1, 1).double()
    code, log_determinant = planar(0 * one, one, one, torch.tensor([0.5]).double())
    bounded, slope = 0.31326168751822286, 1 - 0.46211715726000973**2
    assert code.item() == pytest.approx(bounded * 0.46211715726000973)
    assert log_determinant.exp().item() == pytest.approx(1 + bounded * slope)


def test_a_planar_step_stays_invertible_where_u_points_against_w():
    w = torch.ones(1, K).double()
    _, log_determinant = planar(torch.zeros(1, K).double(), -50 * w, w, torch.zeros(1).double())
    assert log_determinant.isfinite().all() and PlanarFlow(4).hidden_per_number == 10


@pytest.mark.parametrize("name", ["gaussian", "full_covariance"])
def test_the_closed_form_is_the_mean_of_the_estimate(name):
    """A control of both: the same bound with and without sampling."""
    posterior, size = made(name)
    code = Variational(posterior)
    given = hidden(size)[:1].expand(100_000, -1)
    ratio = code.log_ratio(code.draw(given, generator(0, "noise")), torch.nn.Identity())
    assert ratio.mean().item() == pytest.approx(posterior.divergence(given)[0].item(), abs=5 * ratio.std().item() / 316)


@pytest.mark.parametrize("name", NAMES)
def test_density_and_code_have_the_gradient_of_finite_differences(name):
    posterior, size = made(name)
    assert torch.autograd.gradcheck(
        lambda x: tuple(posterior.draw(x, generator(0, "noise"))), hidden(size).requires_grad_()
    )


# --- Free bits


def test_free_bits_by_hand():
    """Means over the batch 0.2 and 2: the first counts as 0.5 nats in both images, the second as it is."""
    divergences = torch.tensor([[0.1, 1.0], [0.3, 3.0]])
    torch.testing.assert_close(free_bits(divergences, 0.5, 2), torch.tensor([1.5, 3.5]))


def test_padding_has_no_free_bits():
    divergences = torch.tensor([[[0.1, 1.0, 0.0], [0.3, 3.0, 0.0]]])
    torch.testing.assert_close(free_bits(divergences, 0.5, torch.tensor([[2]])), torch.tensor([[1.5, 3.5]]))


def test_numbers_below_their_free_bits_are_not_pressed_towards_the_prior():
    all_free = passed("objective.kl.free_bits=1000.0")
    model = all_free.autoencoder
    free = torch.autograd.grad(all_free.losses.mean(), list(model.encoder.parameters()))
    reconstruction = passed("objective.weights.kl=0.0", autoencoder=model).losses.mean()
    for gradient, expected in zip(
        free, torch.autograd.grad(reconstruction, list(model.encoder.parameters())), strict=True
    ):
        torch.testing.assert_close(gradient, expected)
