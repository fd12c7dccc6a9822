"""Terms that compare the numbers of a batch's codes: their formulas, and Gaussians whose values are known."""

from math import log

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from narrows.build import build_code
from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.heads import Pointwise
from narrows.models.layers import Layers
from narrows.objective.terms import TERMS
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import FixedNoise, generator
from support.configs import configure, tiny


def value(name: str, mean: Tensor, variance: Tensor, code: Tensor) -> Tensor:
    """The term of these Gaussians and sampled codes, each (B, k)."""
    config = configure("code=variational")
    autoencoder = Autoencoder(Layers(), build_code(config.code, 1), Layers(), (1, 1, 1), "linear")
    hidden = torch.cat([mean, variance.log()], -1)
    output = Reconstruction(Pointwise("linear"), torch.zeros(len(code), 1, 1, 1), code, hidden)
    return TERMS[name](autoencoder, output, config.objective.model_dump().get(name, {}), FixedNoise())


def gaussians(covariance: Tensor, noise: float, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Means, variances and samples whose mixture over infinitely many images is N(0, `covariance`)."""
    random, size = generator(0, "gaussians"), len(covariance)
    factor = torch.linalg.cholesky(covariance - noise * torch.eye(size, dtype=torch.float64))
    mean = torch.randn(count, size, generator=random, dtype=torch.float64) @ factor.mT
    variance = torch.full_like(mean, noise)
    return mean, variance, mean + noise**0.5 * torch.randn(mean.shape, generator=random, dtype=torch.float64)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_the_total_correlation_of_a_gaussian_is_estimated(correlation):
    """-½ log det of the correlations: 0, 0.144 and 0.511 nats; the estimate's error with 3,000 images is below 0.03."""
    covariance = torch.tensor([[1.0, correlation], [correlation, 1.0]], dtype=torch.float64)
    estimate = value("total_correlation", *gaussians(covariance, 0.15, 3000)).mean()
    assert float(estimate) == pytest.approx(-log(1 - correlation**2) / 2, abs=0.03)


def test_total_correlation_is_the_formula_of_two_images():
    mean, variance, code = torch.randn(3, 2, 3, generator=generator(0, "numbers"), dtype=torch.float64)
    variance = variance.exp()
    densities = Normal(mean, variance.sqrt()).log_prob(code.unsqueeze(1)).exp()  # (image, Gaussian, number)
    joint, marginals = densities.prod(2).mean(1), densities.mean(1).prod(1)
    torch.testing.assert_close(value("total_correlation", mean, variance, code), (joint / marginals).log())


def test_a_single_image_has_no_total_correlation():
    mean, variance, code = torch.rand(3, 1, 4, dtype=torch.float64)
    torch.testing.assert_close(value("total_correlation", mean, variance, code), torch.zeros(1).double())


def test_dip_is_the_formula_of_the_covariance():
    random = np.random.default_rng(0)
    mean, variance = random.normal(size=(50, 3)), random.uniform(0.5, 2, (50, 3))
    of_means = np.cov(mean.T, bias=True)
    for name, covariance, diagonal in (("dip_i", of_means, 10), ("dip_ii", of_means + np.diag(variance.mean(0)), 1)):
        away = covariance - np.eye(3)
        expected = (np.square(away) * (1 + (diagonal - 1) * np.eye(3))).sum()
        values = value(name, torch.from_numpy(mean), torch.from_numpy(variance), torch.from_numpy(mean))
        assert values.shape == (50,)
        assert values.tolist() == pytest.approx([expected] * 50)


def test_dip_is_0_for_white_codes():
    mean = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert value("dip_i", mean, torch.ones(4, 2), mean).tolist() == [0] * 4
    assert value("dip_ii", mean / 2**0.5, torch.full((4, 2), 0.5), mean).abs().max() < 1e-12


VARIATIONAL = ("code=variational", "objective=bce", "model.bottleneck=8", "data.train_size=2000", "data.batch_size=64")


@pytest.mark.parametrize("term", ["total_correlation", "dip_i", "dip_ii"])
def test_with_a_weight_it_is_lower_for_other_images(term, tmp_path, splits):
    images, values = splits.test.pixels.float() / 255, {}
    for weight in (0.0, 20.0):
        config = tiny(*VARIATIONAL, f"objective.weights.{term}={weight}", "trainer.max_epochs=6")
        run(config, tmp_path / str(weight))
        autoencoder = checkpoint.load(tmp_path / str(weight) / "best.ckpt")
        with torch.no_grad():
            output = autoencoder(images, generator(0, "codes"))
        settings = config.objective.model_dump().get(term, {})
        values[weight] = TERMS[term](autoencoder, output, settings, FixedNoise()).mean().item()
    assert values[20.0] < 0.7 * values[0.0]
