"""The corruption slot: how much of an image each kind changes, and that nothing else does."""

import pytest
import torch

from narrows.config import slots
from narrows.evaluation.evaluate import evaluate
from narrows.evaluation.scores import corrupted_mse
from narrows.models.corruptions import Clean, Gaussian, Masking, SaltPepper
from narrows.run import run
from narrows.runs import checkpoint
from narrows.seeds import generator
from support.configs import configure, tiny

GREY = torch.full((1000, 1, 20, 20), 0.5)
LEVELS = [0.0, 0.1, 0.3, 0.9]


def noise(seed: int = 0) -> torch.Generator:
    return generator(seed, "noise")


@pytest.mark.parametrize("level", LEVELS)
def test_masking_sets_its_share_to_0_and_leaves_the_rest(level):
    corrupted = Masking(level)(GREY, noise())
    assert set(corrupted.unique().tolist()) <= {0.0, 0.5}
    assert float((corrupted == 0).float().mean()) == pytest.approx(level, abs=0.003)


@pytest.mark.parametrize("level", LEVELS)
def test_salt_and_pepper_are_equally_many_and_together_the_level(level):
    corrupted = SaltPepper(level)(GREY, noise())
    assert set(corrupted.unique().tolist()) <= {0.0, 0.5, 1.0}
    for value in (0, 1):
        assert float((corrupted == value).float().mean()) == pytest.approx(level / 2, abs=0.003)


@pytest.mark.parametrize("level", LEVELS)
def test_gaussian_noise_has_its_level_as_standard_deviation(level):
    difference = Gaussian(level)(GREY, noise()) - GREY
    assert float(difference.std()) == pytest.approx(level, rel=0.01, abs=1e-9)
    assert float(difference.mean()) == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("corruption", [Masking(0.3), Gaussian(0.3), SaltPepper(0.3)])
def test_noise_comes_from_the_generator_alone_and_differs_between_images(corruption):
    torch.manual_seed(1)
    one, state = corruption(GREY, noise()), torch.get_rng_state()
    assert torch.equal(one, corruption(GREY, noise()))
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(one, corruption(GREY, noise(1)))
    assert not torch.equal(one[0], one[1])
    assert torch.equal(GREY, torch.full_like(GREY, 0.5))  # the image itself stays clean


def test_no_corruption_changes_nothing():
    assert torch.equal(Clean()(GREY, noise()), GREY)


@pytest.mark.parametrize("name", ["masking", "gaussian", "salt_pepper"])
def test_both_errors_are_reported(tmp_path, splits, name):
    result = run(tiny(f"corruption={name}"), tmp_path)
    assert {"test/mse", "test/corrupted_mse"} <= result.metrics.keys()
    assert result.metrics["test/corrupted_mse"] != result.metrics["test/mse"]
    again = evaluate(tmp_path / "best.ckpt", "mnist5k", "", samples=1, names=["reconstruction"])
    assert again["test/corrupted_mse"] == pytest.approx(result.metrics["test/corrupted_mse"], rel=1e-6)


def test_without_a_corruption_there_is_nothing_more_to_report(trained):
    assert "test/corrupted_mse" not in trained.record.metrics


LONG = ("data=mnist5k", "trainer=cpu", "logger=none", "trainer.max_epochs=15", "data.batch_size=64")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_denoising_beats_plain_on_corrupted_test_images(tmp_path, splits, seed):
    """The same noise on the same test images: half the error, 0.46 to 0.49 of plain's in three seeds."""
    corruption = slots.SaltPepper(name="salt_pepper", level=0.3)
    options = (*LONG, "model.widths=[256]", "model.bottleneck=64", f"seed={seed}")
    errors = {}
    for name in ("none", "salt_pepper"):
        run(configure(*options, f"corruption={name}"), tmp_path / name)
        errors[name] = corrupted_mse(checkpoint.load(tmp_path / name / "best.ckpt"), corruption, splits.test.pixels)
    assert errors["salt_pepper"] < 0.6 * errors["none"]
