"""Whole runs: what the same seed promises, how a failure is recorded, what is trained."""

import math

import pytest
import torch

from narrows.data.splits import split
from narrows.errors import Diverged, UserError
from narrows.evaluation.support.reconstruction_errors import errors
from narrows.models.activations import ACTIVATIONS
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.training.module import AutoencoderModule
from support.configs import configure, data_folder, tiny
from support.outcomes import checkpoint_of, same, weights_of
from support.sweeps import numbers

# --- the same seed


@pytest.mark.parametrize(
    "options",
    [(), ("model=linear", "optimizer=sgd", "schedule=one_cycle"), ("model.norm=batch", "objective=bce", "seed=7")],
)
def test_the_same_config_and_seed_give_the_same_run(tmp_path, options):
    one, other = (run(tiny(*options), tmp_path / name) for name in ("one", "other"))
    assert numbers(one) == numbers(other)
    assert one.fingerprint == other.fingerprint
    for name in ("last", "best"):
        assert same(weights_of(tmp_path / "one", name), weights_of(tmp_path / "other", name))


def test_another_seed_gives_other_weights_on_the_same_images(tmp_path):
    zero, one = (run(tiny(f"seed={seed}"), tmp_path / str(seed)) for seed in (0, 1))
    weights = [weights_of(tmp_path / seed) for seed in ("0", "1")]
    assert not any(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert zero.metrics["pca/mse"] == one.metrics["pca/mse"]
    assert zero.metrics["test/mse"] != one.metrics["test/mse"]
    assert zero.fingerprint != one.fingerprint


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The tiny run with nothing beside it."""
    folder = tmp_path_factory.mktemp("alone")
    run(tiny(), folder)
    return folder


def test_numbers_drawn_elsewhere_do_not_change_what_is_trained(alone, tmp_path, monkeypatch):
    """A metric that draws random numbers, in the sanity check and in every validation."""
    step = AutoencoderModule.validation_step

    def greedy(self: AutoencoderModule, batches: list, batch_idx: int) -> None:
        torch.rand(1000)
        step(self, batches, batch_idx)

    monkeypatch.setattr(AutoencoderModule, "validation_step", greedy)
    torch.manual_seed(12345)
    run(tiny(), tmp_path)
    assert same(weights_of(tmp_path), weights_of(alone))


def test_validation_and_its_sanity_check_do_not_change_what_is_trained(alone, tmp_path):
    """The first 512 images are the same with and without a validation split; without one there is no sanity check."""
    run(tiny("data.val_size=0"), tmp_path)
    assert same(weights_of(tmp_path), weights_of(alone))


def test_logging_and_resume_do_not_change_what_is_trained(alone, tmp_path):
    run(tiny("logger=tensorboard", "run.resume=true"), tmp_path)
    assert same(weights_of(tmp_path), weights_of(alone))


# --- failures


def test_a_loss_that_is_not_finite_is_recorded_with_epoch_and_step(tmp_path):
    config = tiny("model=linear", "optimizer=sgd", "optimizer.lr=1e20", "data.batch_size=64")
    with pytest.raises(Diverged):
        run(config, tmp_path)
    result = record.read(tmp_path)
    assert result.status == "failed"
    # the first step's loss is finite, the one after a step of 1e20 is not
    assert result.error in [f"the loss became {value} in epoch 1, step 2" for value in ("nan", "inf")]
    assert result.epochs == 0
    assert not (tmp_path / "last.ckpt").exists()


def test_a_failure_in_a_later_epoch_keeps_the_epochs_before(tmp_path, monkeypatch):
    """The seventh step of four an epoch; the images themselves are poisoned, as a broken sensor would."""
    original, passes = AutoencoderModule._step, iter(range(1, 1000))

    def poisoned(self: AutoencoderModule, images: torch.Tensor, stage: str) -> torch.Tensor:
        poison = math.nan if stage == "train" and next(passes) == 7 else 1
        return original(self, images * poison, stage)

    monkeypatch.setattr(AutoencoderModule, "_step", poisoned)
    with pytest.raises(Diverged, match="the loss became nan in epoch 2, step 7"):
        run(tiny("trainer.max_epochs=3"), tmp_path)
    result = record.read(tmp_path)
    assert (result.status, result.epochs, len(result.curves["train/loss"])) == ("failed", 1, 1)
    assert all(value.isfinite().all() for value in weights_of(tmp_path).values())


def test_weights_that_overflow_in_the_very_last_step_are_a_failure_too(tmp_path):
    """No later loss of the training tells: only the evaluation sees it."""
    one_step = ("data.batch_size=512", "data.val_size=0", "trainer.max_epochs=1", "optimizer=sgd", "optimizer.lr=1e38")
    with pytest.raises(Diverged):
        run(tiny("model=linear", *one_step), tmp_path)
    assert record.read(tmp_path).status == "failed"


def test_a_mistake_of_the_users_leaves_no_record(tmp_path):
    with pytest.raises(UserError, match="empty: no such folder"):
        run(configure(f"data.root={tmp_path / 'empty'}", "trainer=cpu"), tmp_path / "run")
    assert not (tmp_path / "run" / "record.json").exists()


def test_any_other_error_is_recorded_and_goes_on(tmp_path, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("out of\n  memory")

    monkeypatch.setattr(AutoencoderModule, "_step", broken)
    with pytest.raises(RuntimeError):
        run(tiny(), tmp_path)
    result = record.read(tmp_path)
    assert (result.status, result.error) == ("failed", "out of memory")


# --- what is trained


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_trains(tmp_path, activation):
    result = run(tiny(f"model.activation={activation}", "model.widths=[32]", "model.init=xavier"), tmp_path)
    first, last = result.curves["train/loss"]
    assert last < first


@pytest.mark.parametrize(
    "options",
    [
        ("model.norm=batch",),
        ("model.norm=layer",),
        ("model.output=linear",),
        ("model=linear",),
        ("model.init=orthogonal",),
        ("objective=bce",),
        ("objective=l1",),
        ("optimizer=sgd",),
        ("schedule=cosine",),
        ("schedule=one_cycle",),
        ("trainer.precision=bf16-mixed",),
        ("trainer.precision=64-true",),
        ("data.batch_size=1", "data.train_size=32"),
        ("data.batch_size=512",),
        ("data.val_size=0",),
    ],
    ids=" ".join,
)
def test_every_choice_trains_and_its_checkpoint_repeats_the_records_errors(tmp_path, splits, options):
    result = run(tiny(*options), tmp_path)
    assert result.status == "done"
    assert result.curves["train/loss"][1] < result.curves["train/loss"][0]
    again = errors(checkpoint.load(tmp_path / "best.ckpt"), splits.test.pixels)
    assert {name: result.metrics[f"test/{name}"] for name in again} == pytest.approx(again, rel=1e-5)


def test_best_is_the_epoch_of_the_lowest_validation_loss(tmp_path, digits):
    """A learning rate far too high makes the loss go up and down."""
    config = tiny("trainer.max_epochs=6", "optimizer.lr=0.05", "model.widths=[16]")
    result = run(config, tmp_path)
    losses = result.curves["val/loss"]
    assert result.best_epoch == losses.index(min(losses)) + 1
    best = checkpoint.load(tmp_path / "best.ckpt")
    val = split(digits, config.data.val_size).val
    assert errors(best, val.pixels)["mse"] == pytest.approx(min(losses), rel=1e-5)
    assert result.metrics["val/mse"] == pytest.approx(min(losses), rel=1e-5)
    assert checkpoint_of(tmp_path, "best")["epoch"] + 1 == result.best_epoch


def test_where_nothing_is_held_out_best_is_last(tmp_path):
    result = run(tiny("data.val_size=0"), tmp_path)
    assert same(weights_of(tmp_path, "best"), weights_of(tmp_path, "last"))
    assert result.best_epoch == 2
    assert "val/loss" not in result.curves
    assert not [name for name in result.metrics if name.startswith("val/")]


def test_the_loss_that_is_reported_is_the_one_that_is_trained(tmp_path):
    result = run(tiny("objective=mse"), tmp_path)
    assert result.metrics["test/loss"] == pytest.approx(result.metrics["test/mse"], rel=1e-5)
    assert result.curves["val/loss"][result.best_epoch - 1] == pytest.approx(result.metrics["val/mse"], rel=1e-5)


# --- against what is known


def test_a_linear_autoencoder_comes_within_2_percent_of_pca(tmp_path):
    result = run(
        configure(
            "data=mnist5k",
            "model=linear",
            "model.bottleneck=8",
            "model.init=orthogonal",
            "optimizer.lr=3e-3",
            "schedule=cosine",
            "trainer=cpu",
            "trainer.max_epochs=60",
            "logger=none",
        ),
        tmp_path,
    )
    # the best linear map of the training images may be beaten on others, but not by much
    assert 0.98 < result.metrics["test/mse"] / result.metrics["pca/mse"] < 1.02


@pytest.mark.slow
def test_the_default_run_on_mnist_reaches_its_error(tmp_path):
    result = run(configure(f"data.root={data_folder('mnist')}", "trainer=cpu"), tmp_path)
    assert result.metrics["test/mse"] <= 0.035
    assert result.metrics["pca/mse"] == pytest.approx(0.0516, abs=1e-4)


@pytest.mark.slow
def test_a_linear_autoencoder_on_mnist_comes_within_2_percent_of_pca(tmp_path):
    result = run(
        configure(f"data.root={data_folder('mnist')}", "model=linear", "model.bottleneck=8", "trainer=cpu"), tmp_path
    )
    assert 0.98 < result.metrics["test/mse"] / result.metrics["pca/mse"] < 1.02
