import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from narrows.models.autoencoder import Autoencoder, Reconstruction
from narrows.models.codes import Plain
from narrows.models.heads import Pointwise
from narrows.objective.objective import OBJECTIVES, Objective

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 8), st.integers(1, 8))


def output_and_target(shape: tuple[int, ...], seed: int = 0, dtype=torch.float32) -> tuple[Reconstruction, Tensor]:
    """A sigmoid decoder's output and grey targets in [0, 1]."""
    random = torch.Generator().manual_seed(seed)
    scores = 3 * torch.randn(shape, generator=random, dtype=dtype)
    images = torch.rand(shape, generator=random, dtype=dtype)
    return Reconstruction(Pointwise("sigmoid"), scores, scores.flatten(1)[:, :1]), images


FORMULAS = {
    "mse": lambda rebuilt, images: np.square(rebuilt - images),
    "l1": lambda rebuilt, images: np.abs(rebuilt - images),
    "bce": lambda rebuilt, images: -(images * np.log(rebuilt) + (1 - images) * np.log(1 - rebuilt)),
}
TORCHS = {"mse": F.mse_loss, "l1": F.l1_loss, "bce": F.binary_cross_entropy}


#: Of several outputs for a pixel, or with a learnt scale: see test_likelihoods.py.
TESTED_ELSEWHERE = {"gaussian", "continuous_bernoulli", "logistic_mixture"}


def test_every_objective_is_tested():
    assert FORMULAS.keys() == TORCHS.keys() == OBJECTIVES.keys() - TESTED_ELSEWHERE


@pytest.mark.parametrize("name", FORMULAS)
@given(shape=SHAPES, seed=st.integers(0, 1000))
def test_is_the_formula_per_image(name, shape, seed):
    output, images = output_and_target(shape, seed, torch.float64)
    expected = FORMULAS[name](output.images.numpy(), images.numpy()).reshape(shape[0], -1).mean(1)
    losses = OBJECTIVES[name](output, images)
    assert losses.shape == shape[:1]
    np.testing.assert_allclose(losses.numpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("name", FORMULAS)
@given(shape=SHAPES, seed=st.integers(0, 1000))
def test_its_mean_is_torchs_own_loss(name, shape, seed):
    """To 1e-4: torch's cross-entropy starts from probabilities, which float32 rounds near 0 and 1."""
    output, images = output_and_target(shape, seed)
    ours, torchs = OBJECTIVES[name](output, images).mean(), TORCHS[name](output.images, images)
    torch.testing.assert_close(ours, torchs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", FORMULAS)
def test_an_image_does_not_feel_the_others_of_its_batch(name):
    output, images = output_and_target((7, 1, 28, 28))
    alone = [OBJECTIVES[name](output._replace(scores=output.scores[i : i + 1]), images[i : i + 1]) for i in range(7)]
    torch.testing.assert_close(OBJECTIVES[name](output, images), torch.cat(alone))


@pytest.mark.parametrize("name", FORMULAS)
def test_its_gradient_is_right(name):
    output, images = output_and_target((3, 1, 4, 4), dtype=torch.float64)

    def losses(scores: Tensor) -> Tensor:
        return OBJECTIVES[name](Reconstruction(Pointwise("sigmoid"), scores, output.code), images)

    assert torch.autograd.gradcheck(losses, output.scores.clone().requires_grad_())


@pytest.mark.parametrize("name", ["mse", "l1"])
def test_a_perfect_reconstruction_costs_nothing(name):
    _, images = output_and_target((3, 1, 4, 4))
    assert OBJECTIVES[name](Reconstruction(Pointwise("linear"), images, images), images).tolist() == [0, 0, 0]


def test_cross_entropy_stays_finite_where_the_sigmoid_is_saturated():
    scores, images = torch.full((1, 1, 2, 2), 200.0), torch.zeros(1, 1, 2, 2)
    losses = OBJECTIVES["bce"](Reconstruction(Pointwise("sigmoid"), scores, scores), images)
    assert losses.tolist() == [200.0]


def test_cross_entropy_of_real_digits_has_the_floor_that_is_documented(mnist):
    images = mnist.test.pixels.double() / 255
    floor = OBJECTIVES["bce"](Reconstruction(Pointwise("sigmoid"), images.logit(1e-12), images), images)
    assert round(float(floor.mean()), 3) == 0.058
    assert round(float(floor.mean()) * 784, 1) == 45.5


@pytest.mark.parametrize("name", FORMULAS)
def test_summed_over_pixels_it_is_the_error_times_their_number(name):
    output, images = output_and_target((4, 2, 5, 3), dtype=torch.float64)
    autoencoder = Autoencoder(nn.Identity(), Plain("identity"), nn.Identity(), (2, 5, 3), "sigmoid")
    mean, summed = (Objective(OBJECTIVES[name], {}, 0, summed=each) for each in (False, True))
    losses = FORMULAS[name](output.images.numpy(), images.numpy()).reshape(4, -1).sum(1)
    torch.testing.assert_close(summed(autoencoder, output, images, 0), torch.from_numpy(losses))
    assert torch.equal(summed(autoencoder, output, images, 0), 30 * mean(autoencoder, output, images, 0))
