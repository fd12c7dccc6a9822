"""The loss that chooses the epoch, against computations of its own."""

import pytest
import torch
from torch.nn import functional as F

from narrows.build import build
from narrows.build_objective import build_held_out
from narrows.data.sources import as_floats
from narrows.evaluation.support.elbo import elbo
from narrows.models.autoencoder import Autoencoder
from narrows.seeds import generator
from support.configs import tiny

VARIATIONAL = ("code=variational", "objective=bce", "model.bottleneck=5", "objective.kl_warmup=7")
LEVELS = {"gaussian": 0.3, "masking": 0.5, "salt_pepper": 0.4}


def built(*overrides: str) -> Autoencoder:
    config = tiny(*overrides)
    return build(config.model, config.code, (1, 28, 28), generator(0, "weights")).eval()


def loss(*overrides: str, images: torch.Tensor, epoch: int = 0) -> torch.Tensor:
    """Of each image (B, C, H, W), (B,)."""
    return build_held_out(tiny(*overrides))(built(*overrides), images, epoch)[0].detach()


@pytest.fixture
def images(splits) -> torch.Tensor:
    return as_floats(splits.val.pixels)


def test_of_a_variational_code_it_is_the_negative_elbo(images):
    autoencoder = built(*VARIATIONAL)
    mean, log_variance = autoencoder.encoder(images.flatten(1)).chunk(2, 1)
    noise = torch.randn(mean.shape, generator=generator(0, "fixed", "normal"))
    logits = autoencoder.decoder(mean + (log_variance / 2).exp() * noise)
    reconstruction = F.binary_cross_entropy_with_logits(logits, images.flatten(1), reduction="none").sum(1)
    q = torch.distributions.Normal(mean, (log_variance / 2).exp())
    divergence = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(784 * loss(*VARIATIONAL, images=images), (reconstruction + divergence).detach())


def test_it_is_the_bound_that_is_recorded_but_for_the_samples(images, splits):
    bound = elbo(built(*VARIATIONAL), "bce", splits.val.pixels)["nelbo"]
    assert 784 * loss(*VARIATIONAL, images=images).mean() == pytest.approx(bound, rel=1e-3)


@pytest.mark.parametrize("kind", LEVELS)
def test_of_a_denoising_autoencoder_it_is_the_error_of_corrupted_images(images, kind):
    overrides, level = (f"corruption={kind}", f"corruption.level={LEVELS[kind]}"), LEVELS[kind]
    draw = generator(0, "fixed", "normal" if kind == "gaussian" else "uniform")
    noise = (torch.randn if kind == "gaussian" else torch.rand)(images.shape, generator=draw)
    noisy = {
        "gaussian": images + level * noise,
        "masking": torch.where(noise < level, 0.0, images),
        "salt_pepper": torch.where(noise < level, (noise >= level / 2).float(), images),
    }[kind]
    errors = (built(*overrides).reconstruct(noisy) - images).square().flatten(1).mean(1).detach()
    torch.testing.assert_close(loss(*overrides, images=images), errors)


def test_epochs_are_compared_with_the_same_noise_and_the_same_weights(images):
    assert torch.equal(loss(*VARIATIONAL, images=images), loss(*VARIATIONAL, images=images, epoch=9))


def test_the_clean_loss_has_no_noise_and_the_weights_of_the_epoch(images):
    clean = (*VARIATIONAL, "corruption=gaussian", "trainer.monitor=clean_loss")
    autoencoder = built(*clean)
    mean, log_variance = autoencoder.encoder(images.flatten(1)).chunk(2, 1)
    errors = F.binary_cross_entropy_with_logits(autoencoder.decoder(mean), images.flatten(1), reduction="none").sum(1)
    divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
    for epoch, share in ((0, 1 / 8), (3, 1 / 2), (9, 1)):
        expected = (errors + share * divergence).detach()
        torch.testing.assert_close(784 * loss(*clean, images=images, epoch=epoch), expected)


def test_without_noise_in_training_both_are_the_same(images):
    plain = ("model.dropout=0.2", "objective.weights.mmd=0.1")
    assert torch.equal(loss(*plain, images=images), loss(*plain, "trainer.monitor=clean_loss", images=images))
