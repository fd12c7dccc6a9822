"""Decoders' likelihoods: normalised, equal to their published formulas, and with the mean as the reconstruction."""

from math import log

import pytest
import torch
from torch import Tensor
from torch.distributions import ContinuousBernoulli, Laplace, Normal

from narrows.build import build, build_head
from narrows.models.autoencoder import Reconstruction
from narrows.models.heads import Head, log_normaliser
from narrows.objective.objective import OBJECTIVES
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.configs import configure, tiny

LIKELIHOODS = ["gaussian", "continuous_bernoulli", "logistic_mixture"]
BYTES = torch.arange(256, dtype=torch.float64) / 255


def head_of(name: str) -> Head:
    config = configure(f"objective={name}")
    return build_head(config.objective, config.model.output).double()


def random_scores(head: Head, count: int = 1, seed: int = 0, size: int = 1) -> Tensor:
    return 2 * torch.randn(count, head.outputs, size, size, generator=generator(seed, "scores"), dtype=torch.float64)


def output_of(head: Head, scores: Tensor) -> Reconstruction:
    return Reconstruction(head, scores, scores.flatten(1)[:, :1], log_scale=head.log_scale)


def log_likelihood(name: str, scores: Tensor, values: Tensor) -> Tensor:
    """log p of each of the values (N,) of one pixel, given its scores (1, n, 1, 1), as a density."""
    head, error = head_of(name), OBJECTIVES[name]
    output = output_of(head, scores.expand(len(values), -1, -1, -1))
    return -(error(output, values.view(-1, 1, 1, 1)) + error.normaliser).detach()


def integral(function: Tensor, values: Tensor) -> float:
    return float(torch.trapezoid(function, values))


WHERE = {
    "mse": torch.linspace(-9, 9, 20001, dtype=torch.float64),
    "l1": torch.linspace(-40, 40, 200001, dtype=torch.float64),
    "gaussian": torch.linspace(-9, 9, 20001, dtype=torch.float64),
    "continuous_bernoulli": torch.linspace(0, 1, 20001, dtype=torch.float64),
    "bce": torch.linspace(0, 1, 20001, dtype=torch.float64),
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WHERE)
def test_densities_integrate_to_1_and_the_cross_entropy_of_grey_pixels_does_not(name, seed):
    scores = random_scores(head_of(name), seed=seed)
    mass = integral(log_likelihood(name, scores, WHERE[name]).exp(), WHERE[name])
    assert mass == pytest.approx(1, abs=1e-5) if name != "bce" else mass < 0.999


@pytest.mark.parametrize("seed", range(3))
def test_the_probabilities_of_a_byte_sum_to_1(seed):
    """As densities, of steps of 1/255."""
    scores = random_scores(head_of("logistic_mixture"), seed=seed)
    assert log_likelihood("logistic_mixture", scores, BYTES).exp().sum().item() / 255 == pytest.approx(1, abs=1e-12)


def test_every_density_is_that_of_torch():
    scores, values = torch.tensor([[[[0.7]]]], dtype=torch.float64), torch.rand(5, dtype=torch.float64)
    rebuilt = scores.sigmoid().flatten()
    expected = {
        "mse": Normal(rebuilt, 0.5**0.5),
        "l1": Laplace(rebuilt, 1.0),
        "gaussian": Normal(rebuilt, torch.tensor(-1.0, dtype=torch.float64).exp()),
        "continuous_bernoulli": ContinuousBernoulli(rebuilt),
    }
    for name, law in expected.items():
        torch.testing.assert_close(log_likelihood(name, scores, values), law.log_prob(values))


def test_the_normaliser_is_exact_near_one_half_and_far_from_it():
    """Against the integral of exp(ηx), which has no singularity."""
    logits = torch.tensor([0, 1e-9, -1e-4, 0.01, -0.49, 0.499999, 0.500001, 2.0, -30.0, 60.0], dtype=torch.float64)
    x = torch.linspace(0, 1, 200_001, dtype=torch.float64)
    exact = torch.trapezoid((logits.unsqueeze(1) * x).exp(), x, dim=1).log()
    torch.testing.assert_close(log_normaliser(logits), exact, rtol=1e-7, atol=1e-11)
    torch.testing.assert_close(log_normaliser(logits.float()).double(), exact, rtol=1e-5, atol=1e-7)
    assert torch.autograd.gradcheck(log_normaliser, logits.requires_grad_())
    assert log_normaliser(torch.tensor([-500.0, 500.0])).isfinite().all()


def test_a_logistic_mixture_is_the_formula_of_differences():
    """Salimans et al. 2017, eq. 2, for one component at 0.4 with scale 0.1."""
    count = head_of("logistic_mixture").outputs // 3
    scores = torch.zeros(3, count, dtype=torch.float64)
    scores[0, 1:] = -1e9  # the first component has all the weight
    scores[1, 0], scores[2, 0] = 0.4 - 0.5 / count, log(0.1) + 2
    edges = ((BYTES[:-1] + BYTES[1:]) / 2 - 0.4) / 0.1
    cumulative = torch.cat([torch.zeros(1), edges.sigmoid(), torch.ones(1)])
    expected = (cumulative[1:] - cumulative[:-1]).log() + log(255)
    torch.testing.assert_close(log_likelihood("logistic_mixture", scores.view(1, -1, 1, 1), BYTES), expected.double())


@pytest.mark.parametrize("seed", range(3))
def test_the_reconstruction_is_the_mean(seed):
    for name, values in (("continuous_bernoulli", WHERE["continuous_bernoulli"]), ("logistic_mixture", BYTES)):
        head = head_of(name)
        scores = random_scores(head, seed=seed)
        probabilities = log_likelihood(name, scores, values).exp()
        mean = float((probabilities * values).sum() / probabilities.sum())
        assert head(scores).item() == pytest.approx(mean, abs=0.5 / 255 if name == "logistic_mixture" else 1e-4)
        assert 0 <= head(1e3 * scores).item() <= 1


def test_the_mean_is_exact_where_its_formula_is_0_over_0():
    logits = torch.tensor([0.0, 1e-7, -0.1, 0.499999, 0.500001, 3.0], dtype=torch.float64).view(-1, 1, 1, 1)
    slope = torch.func.vmap(torch.func.grad(log_normaliser))(logits.flatten())
    torch.testing.assert_close(head_of("continuous_bernoulli")(logits).flatten(), slope, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_its_gradient_is_right(name):
    head = head_of(name)
    images = torch.tensor([0.0, 0.2, 0.7, 1.0], dtype=torch.float64).view(1, 1, 2, 2)

    def losses(scores: Tensor) -> Tensor:
        return OBJECTIVES[name](output_of(head, scores), images)

    assert torch.autograd.gradcheck(losses, random_scores(head, size=2).requires_grad_())


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_an_image_does_not_feel_the_others_of_its_batch(name):
    head, images = head_of(name), torch.rand(4, 1, 3, 3, dtype=torch.float64)
    scores = random_scores(head, 4, size=3)
    alone = [OBJECTIVES[name](output_of(head, scores[i : i + 1]), images[i : i + 1]) for i in range(4)]
    torch.testing.assert_close(OBJECTIVES[name](output_of(head, scores), images), torch.cat(alone))


def test_at_the_best_scale_a_gaussian_costs_half_the_logarithm_of_the_error():
    head, images = head_of("gaussian"), torch.rand(1, 1, 3, 3, dtype=torch.float64)
    scores = random_scores(head, size=3)
    error = (head(scores) - images).square().mean()
    with torch.no_grad():
        head.log_sigma.fill_(error.detach().log() / 2)
    cost = OBJECTIVES["gaussian"](output_of(head, scores), images).item()
    assert cost == pytest.approx(((2 * torch.pi * error).log().item() + 1) / 2)
    gradient = torch.autograd.grad(OBJECTIVES["gaussian"](output_of(head, scores), images).sum(), head.log_sigma)
    assert abs(gradient[0].item()) < 1e-12


@pytest.mark.parametrize("model", ["mlp", "linear", "conv"])
def test_the_decoder_has_so_many_outputs_per_pixel_and_channel(model):
    config = tiny(f"model={model}", "objective=logistic_mixture", "objective.logistic_mixture.components=2")
    autoencoder = build(config.model, config.code, (3, 8, 8), None, objective=config.objective)
    output = autoencoder(torch.rand(4, 3, 8, 8))
    assert output.scores.shape == (4, 18, 8, 8) and output.images.shape == (4, 3, 8, 8)
    assert OBJECTIVES["logistic_mixture"](output, torch.rand(4, 3, 8, 8)).shape == (4,)


LONGER = ("data.train_size=1000", "data.batch_size=32", "optimizer.lr=0.005", "trainer.max_epochs=6")


def test_the_learnt_scale_is_that_of_the_errors_and_stands_in_the_checkpoint(tmp_path):
    result = run(tiny("objective=gaussian", *LONGER), tmp_path)
    scale = checkpoint.load(tmp_path / "best.ckpt").output.log_scale.exp().item()
    assert scale == pytest.approx(result.metrics["train/mse"] ** 0.5, rel=0.05)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_a_variational_run_records_a_likelihood_that_beats_a_fixed_scale(name, tmp_path):
    """Densities of the same pixels: that of mse has a standard deviation of 0.71, several times the errors."""
    overrides = ("code=variational", "model.widths=[64]", *LONGER)
    configs = {objective: tiny(f"objective={objective}", *overrides) for objective in ("mse", name)}
    bounds = {key: run(config, tmp_path / key).metrics["test/nelbo"] for key, config in configs.items()}
    assert bounds[name] < bounds["mse"]
