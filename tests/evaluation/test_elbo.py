"""The bounds of a variational autoencoder, against a model whose likelihood is known."""

import json
from math import log, pi

import pytest
import torch
from torch import nn

import narrows
from narrows.board.gallery import examples, final_pictures, worst_examples
from narrows.board.generated import interpolations, samples
from narrows.evaluation.support.elbo import elbo, importance_bound
from narrows.models.autoencoder import Autoencoder
from narrows.models.codes import Variational
from narrows.models.corruptions import Clean
from narrows.run import run
from support.configs import tiny


class Posterior(nn.Module):
    """The encoder that answers with the same mean and logarithm of variance for every number of a code of one."""

    def __init__(self, weight: float, log_variance: float) -> None:
        super().__init__()
        self.weight, self.log_variance = weight, log_variance

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.weight * images, torch.full_like(images, self.log_variance)], 1)


def one_pixel(weight: float, log_variance: float) -> Autoencoder:
    """Images of one pixel, x = z + noise of variance 1/2 under `mse`: then p(x) is normal with variance 3/2."""
    return Autoencoder(Posterior(weight, log_variance), Variational(), nn.Identity(), (1, 1, 1), "linear")


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


def test_its_two_parts_add_up_and_are_what_they_are_called():
    found = elbo(one_pixel(0.0, log(2)), "mse", PIXELS)
    assert found["nelbo"] == pytest.approx(found["nelbo_reconstruction"] + found["nelbo_kl"])
    assert found["nelbo_kl"] == pytest.approx((2 - 1 - log(2)) / 2, rel=1e-5)
    assert found["nelbo_reconstruction"] == pytest.approx(float(X.square().mean()) + 2 + log(pi) / 2, abs=0.1)


@pytest.fixture(scope="module")
def variational(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variational")
    config = tiny("code=variational", "objective=bce", "logger=tensorboard", "trainer.max_epochs=3")
    return folder, run(config, folder)


def test_evaluating_a_checkpoint_prints_the_bounds(variational, command):
    folder, result = variational
    outcome = command("evaluate.py", f"checkpoint={folder / 'best.ckpt'}", "samples=5")
    found = json.loads(outcome.out)
    parts = {name: found[f"test/{name}"] for name in ("nelbo", "nelbo_reconstruction", "nelbo_kl", "nll_bound")}
    assert parts["nll_bound"] < parts["nelbo"]
    assert parts["nelbo"] == pytest.approx(result.metrics["test/nelbo"], rel=1e-5)


def test_the_loss_is_the_bound_but_for_the_sampled_code(variational):
    """The test's loss is of the mean code."""
    _, result = variational
    assert 784 * result.metrics["test/loss"] == pytest.approx(result.metrics["test/nelbo"], rel=0.05)


def test_only_a_code_with_a_prior_shows_images_from_it(variational, trained, splits):
    for folder, expected in ((variational[0], True), (trained.folder, False)):
        best = narrows.load(folder / "best.ckpt")
        pictures = final_pictures(best, Clean(), examples(best, splits.test), worst_examples(best, splits.test))
        assert ("code/prior" in pictures) == expected


def test_the_pictures_show_what_they_say(variational, splits):
    autoencoder, images = narrows.load(variational[0] / "best.ckpt"), splits.test.pixels[:16].float() / 255
    for picture in (samples, interpolations):
        found = picture(autoencoder, images)
        assert found.shape == (3, 4 * 58 + 2, 10 * 58 + 2)
        assert found.min() >= 0 and found.max() <= 1
        assert torch.equal(found, picture(autoencoder, images))
    lines = interpolations(autoencoder, images)[0]
    first = autoencoder.reconstruct(images[:1])[0, 0]
    torch.testing.assert_close(lines[2:58:2, 2:58:2], first.detach().clamp(0, 1), rtol=0, atol=1e-5)


def test_noise_stopped_and_continued_is_the_same_run(tmp_path):
    from support.outcomes import same, weights_of

    options = ("code=variational", "objective=bce", "model.dropout=0.2", "corruption=gaussian")
    run(tiny(*options, "trainer.max_epochs=3"), tmp_path / "whole")
    run(tiny(*options, "trainer.max_epochs=1"), tmp_path / "parts")
    run(tiny(*options, "trainer.max_epochs=3", "run.resume=true"), tmp_path / "parts")
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))
