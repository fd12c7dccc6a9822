"""Each quantity says which direction is better: checked on autoencoders of which one is known to be better."""

from collections.abc import Mapping

import pytest
import torch

import narrows
from narrows.config.quantities import quantity
from narrows.data.sources import as_floats
from narrows.data.splits import split
from narrows.evaluation import denoising as denoising_module
from narrows.evaluation.anomaly import anomaly
from narrows.evaluation.by_name import evaluation
from narrows.evaluation.compression import compression
from narrows.evaluation.dead_units import dead_units
from narrows.evaluation.denoising import denoising
from narrows.evaluation.few_labels import few_labels
from narrows.evaluation.generation import generation
from narrows.evaluation.memorisation import memorisation
from narrows.evaluation.smoothness import smoothness
from narrows.evaluation.support import digit_classifier, label_classifiers
from narrows.run import run
from support.configs import tiny
from support.functions import autoencoder
from support.linear import pca_autoencoder

IDENTITY = autoencoder(torch.positive, torch.positive)


def constant(rows: torch.Tensor) -> torch.Tensor:
    """Grey images, or codes without information; the input has a gradient, which is 0."""
    return 0.5 + 0 * rows


CONSTANT = autoencoder(constant, torch.positive)


def zeroed(module: torch.nn.Module) -> None:
    """Sets all weights and biases of a layer to 0."""
    for parameter in module.parameters(recurse=False):
        parameter.data.zero_()


def own(metrics: Mapping[str, float]) -> set[str]:
    """The quantities with a direction that are not those of a baseline."""
    baselines = ("_linear", "_pca", "_pixels", "_median", "_nlm", "_neighbour", "_forest", "_scratch")
    return {name for name in metrics if quantity(f"test/{name}").better and not name.endswith(baselines)}


def improved(good: Mapping[str, float], bad: Mapping[str, float]) -> set[str]:
    """Those of `own` that differ. Raises AssertionError if one is better in `bad`."""
    changed = {name for name in own(good) if good[name] != bad[name]}
    for name in changed:
        assert (good[name] < bad[name]) == (quantity(f"test/{name}").better == "lower"), name
    return changed


@pytest.mark.parametrize("name", ["probe", "neighbours", "clusters"])
def test_pixels_are_better_features_than_constants(splits, name):
    good, bad = (evaluation(name)(codes, splits) for codes in (IDENTITY, CONSTANT))
    assert improved(good, bad) == own(good)


def test_pixels_need_fewer_labels_than_constants(splits, monkeypatch):
    monkeypatch.setattr(label_classifiers, "STEPS", 50)
    good, bad = (few_labels(codes, splits.train, splits.test) for codes in (IDENTITY, CONSTANT))
    assert improved(good, bad) == own(good)


def test_more_components_reconstruct_better(splits):
    good, bad = (pca_autoencoder(splits.train.pixels, components) for components in (50, 2))
    reconstruction = evaluation("reconstruction")
    metrics = reconstruction(good, splits)
    assert improved(metrics, reconstruction(bad, splits)) == {"mse", "sse", "psnr"}


def test_components_of_digits_remove_more_noise_than_a_constant(splits, monkeypatch):
    monkeypatch.setattr(denoising_module, "MOST", 8)
    models = (pca_autoencoder(splits.train.pixels, 50), CONSTANT)
    good, bad = (denoising(model, splits.train, splits.test) for model in models)
    assert improved(good, bad) == own(good)


def test_components_of_normal_images_find_anomalies_that_a_constant_does_not(digits):
    train, val, test = split(digits, 500, 512, classes=[0])
    good, bad = (anomaly(model, train, test, val) for model in (pca_autoencoder(train.pixels, 20), CONSTANT))
    assert {"anomaly_auroc", "anomaly_ap", "anomaly_detected"} <= {
        name for name in own(good) if good[name] > bad[name] and quantity(f"test/{name}").better == "higher"
    }


def test_an_autoencoder_that_returns_the_nearest_training_image_memorises(splits):
    training = as_floats(splits.train.pixels).flatten(1)

    def nearest(rows: torch.Tensor) -> torch.Tensor:
        return training[torch.cdist(rows.detach(), training).argmin(1)] + 0 * rows

    good, bad = (
        memorisation(model, splits.train, splits.test) for model in (CONSTANT, autoencoder(nearest, torch.positive))
    )
    assert improved(good, bad) == own(good) == {"gap", "nearest", "attractors"}


def test_straight_paths_are_better_than_jumps(splits):
    good, bad = (
        smoothness(autoencoder(torch.positive, decode), splits.train, splits.test)
        for decode in (torch.positive, lambda codes: torch.sigmoid(100 * (codes - 0.5)) + torch.sin(30 * codes))
    )
    assert improved(good, bad) == own(good)


def test_units_that_never_change_are_worse(trained, splits):
    network, dead = (narrows.load(trained.folder / "best.ckpt") for _ in range(2))
    dead.apply(zeroed)
    good, bad = (dead_units(model, splits.train, splits.test) for model in (network, dead))
    assert improved(good, bad) == {"dead_units"}


def test_real_images_are_better_than_generated_constants(splits, monkeypatch):
    monkeypatch.setattr(digit_classifier, "STEPS", 50)
    grey = pca_autoencoder(splits.train.pixels, 3)
    grey.decoder.apply(zeroed)
    metrics = generation(grey, splits.train, splits.test)
    names = ("frechet", "precision", "recall")
    for codes in ("prior", "gaussian", "mixture"):
        real, generated = (
            {f"generation_{codes}_{name}": metrics[f"generation_{kind}_{name}"] for name in names}
            for kind in ("real", codes)
        )
        assert improved(real, generated) >= {f"generation_{codes}_frechet", f"generation_{codes}_recall"}


def test_finer_steps_and_higher_qualities_have_lower_errors_and_larger_sizes(splits):
    metrics = compression(pca_autoencoder(splits.train.pixels, 8), splits.train, splits.test)
    for fine, coarse in (("25", "200"), ("jpeg_75", "jpeg_1"), ("webp_75", "webp_1")):
        errors, sizes = (
            [{f"compression_{coarse}_{name}": metrics[f"compression_{step}_{name}"]} for step in (fine, coarse)]
            for name in ("mse", "bpp")
        )
        assert improved(*errors) and improved(*reversed(sizes))


@pytest.mark.parametrize("overrides", [("corruption=masking",), ("code=variational", "objective=bce")])
def test_more_epochs_improve_errors_and_bounds(tmp_path, overrides):
    short, long = (
        run(tiny(*overrides, f"trainer.max_epochs={epochs}"), tmp_path / str(epochs)).quantities() for epochs in (1, 10)
    )
    names = {name for name in long if quantity(name).better and not name.startswith(("pca/", "run/"))}
    for name in names:
        assert (long[name] < short[name]) == (quantity(name).better == "lower"), name
    assert names >= {"test/mse", "test/loss", "train/mse", "val/mse"}
    assert "test/nelbo" in names or "test/corrupted_mse" in names
