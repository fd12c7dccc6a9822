"""The von Mises-Fisher posterior: constants against Bessel functions, samples against their mean resultant length."""

import pytest
import torch
from scipy.special import ive
from torch.nn import functional as F

from narrows.models.latents.von_mises_fisher import PROPOSALS, VonMisesFisher, log_uniform, proposed, rotated
from narrows.seeds import generator

KAPPAS = [1.0, 3.0, 20.0, 300.0, 5000.0]


def length(numbers: int, kappa: float) -> float:
    """The mean resultant length: I_{m/2}(κ) / I_{m/2 - 1}(κ)."""
    return float(ive(numbers / 2, kappa) / ive(numbers / 2 - 1, kappa))


def hidden(numbers: int, kappa: float, rows: int = 1) -> torch.Tensor:
    """The encoder's output for a direction along (1, 2, …) and this concentration, above 1."""
    raw = torch.tensor([kappa - 1]).double()
    raw = torch.where(raw > 30, raw, raw.expm1().clamp(min=1e-300).log())
    return torch.cat([torch.arange(1.0, numbers + 1).double(), raw]).expand(rows, -1)


@pytest.mark.parametrize("numbers", [2, 3, 5, 20, 50])
@pytest.mark.parametrize("kappa", KAPPAS)
def test_constants_are_those_of_bessel_functions(numbers, kappa):
    posterior = VonMisesFisher(numbers)
    log_normaliser, mean_cosine = posterior._log_normaliser(torch.tensor([kappa]).double(), numbers - 1)
    assert mean_cosine.item() == pytest.approx(length(numbers, kappa), rel=1e-8)
    half = torch.tensor(numbers / 2).double()
    bessel = torch.tensor(ive(numbers / 2 - 1, kappa)).double().log() + kappa
    expected = torch.lgamma(half) + (half - 1) * torch.log(torch.tensor(2 / kappa).double()) + bessel
    assert log_normaliser.item() == pytest.approx(expected.item(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("numbers", [2, 3, 10])
@pytest.mark.parametrize("kappa", KAPPAS[1:])
def test_samples_have_the_known_mean_resultant_length_and_direction(numbers, kappa):
    rows = 20_000
    posterior = VonMisesFisher(numbers)
    codes = posterior.sample(hidden(numbers, kappa, rows), generator(0, "noise"))
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(rows).double())
    direction = F.normalize(torch.arange(1.0, numbers + 1).double(), dim=0)
    cosines = codes @ direction
    assert cosines.mean().item() == pytest.approx(length(numbers, kappa), abs=5 * cosines.std().item() / rows**0.5)
    torch.testing.assert_close(F.normalize(codes.mean(0), dim=0), direction, atol=0.03, rtol=0)


@pytest.mark.parametrize("numbers", [2, 3, 10, 50])
@pytest.mark.parametrize("kappa", KAPPAS)
def test_hardly_any_code_has_all_its_proposals_rejected(numbers, kappa):
    """An acceptance of 0.6 rejects all of them once in 2 million codes."""
    concentration = torch.full((5000,), kappa).double()
    proposals = proposed(concentration, torch.zeros(5000, numbers).double(), generator(0, "noise"))
    assert proposals.accepted.double().mean() > 0.6 and 0.4**PROPOSALS < 1e-6


def test_the_divergence_from_the_uniform_distribution_is_the_mean_of_its_estimate():
    posterior, given = VonMisesFisher(4), hidden(4, 9.0, 50_000)
    drawn = posterior.draw(given, generator(0, "noise"))
    ratio = drawn.log_density - log_uniform(4)
    assert ratio.mean().item() == pytest.approx(posterior.divergence(given)[0].item(), abs=5 * ratio.std().item() / 223)


def test_the_density_integrates_to_one():
    """Over uniform directions, times the area of the sphere."""
    uniform = F.normalize(torch.randn(200_000, 3, dtype=torch.float64, generator=generator(0, "uniform")), dim=1)
    density = VonMisesFisher(3).log_density(hidden(3, 5.0), uniform).exp() / torch.tensor(log_uniform(3)).exp()
    assert density.mean().item() == pytest.approx(1, abs=5 * density.std().item() / 200_000**0.5)


def test_the_first_axis_is_reflected_to_the_mean_direction():
    axis = torch.eye(3).double()[:1]
    for direction in (F.normalize(torch.tensor([[1.0, -2.0, 0.5]]).double(), dim=1), axis, -axis):
        torch.testing.assert_close(rotated(axis, direction), direction)


def test_the_area_of_circle_and_sphere():
    assert -log_uniform(2) == pytest.approx(1.8378770664093453)  # log 2π
    assert -log_uniform(3) == pytest.approx(2.5310242469692907)  # log 4π
