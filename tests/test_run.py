"""Whole runs: what the same seed promises, what an interruption leaves, how a failure is told."""

import math
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lightning import Trainer

from narrows.data.splits import split
from narrows.errors import Diverged, Interrupted, UserError
from narrows.evaluation.reconstruction import errors
from narrows.models.activations import ACTIVATIONS
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.training.module import AutoencoderModule
from support.configs import configure, data_folder, tiny
from support.outcomes import checkpoint_of, same, weights_of

TIMES = {"seconds", "images_per_second"}


def numbers(result: record.Record) -> dict:
    """What must be equal where runs are: everything that is no time and no date."""
    curves = {name: values for name, values in result.curves.items() if name not in TIMES}
    return {"metrics": result.metrics, "curves": curves, "epochs": result.epochs, "best": result.best_epoch}


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


# --- interrupted and resumed


EPOCHS, STEPS = 3, 4  # 512 images in batches of 128
PASSES = 1 + EPOCHS * (STEPS + 1)  # through `_step`: a sanity check, then training and validation of each epoch
SLOTS = {
    "constant": (),
    "cosine": ("schedule=cosine", "model.norm=batch"),
    "one_cycle": ("schedule=one_cycle", "optimizer=sgd"),
    "all": ("data.val_size=0", "objective=bce"),
}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folders = {name: tmp_path_factory.mktemp(name) for name in SLOTS}
    return {name: (folders[name], run(long(name), folders[name])) for name in SLOTS}


def long(name: str, *overrides: str):
    return tiny(f"trainer.max_epochs={EPOCHS}", *SLOTS[name], *overrides)


def run_until(step: int, number: signal.Signals, config, folder) -> None:
    """Run and have this process really get the signal in pass `step` (from 0) through the model."""
    original, passes = AutoencoderModule._step, iter(range(10**6))

    def interrupted(self: AutoencoderModule, images: torch.Tensor, stage: str) -> torch.Tensor:
        if next(passes) == step:
            signal.raise_signal(number)
        return original(self, images, stage)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted) as error:
        patch.setattr(AutoencoderModule, "_step", interrupted)
        run(config, folder)
    assert error.value.signal == number


def assert_equal_runs(folder, other) -> None:
    assert numbers(record.read(folder)) == numbers(record.read(other))
    for name in ("last", "best"):
        one, two = checkpoint_of(folder, name), checkpoint_of(other, name)
        for part in ("state_dict", "optimizer_states", "lr_schedulers", "global_step", "epoch"):
            assert same(one[part], two[part]), part
        assert same(one["narrows"]["noise"], two["narrows"]["noise"])


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(
    slots=st.sampled_from(sorted(SLOTS)),
    step=st.integers(0, PASSES - 1),
    number=st.sampled_from([signal.SIGINT, signal.SIGTERM]),
)
def test_interrupted_anywhere_and_resumed_is_the_uninterrupted_run(
    uninterrupted, tmp_path_factory, slots, step, number
):
    folder, (whole, _) = tmp_path_factory.mktemp("run"), uninterrupted[slots]
    step = min(step, EPOCHS * STEPS - 1) if slots == "all" else step  # nothing held out: training passes only
    run_until(step, number, long(slots), folder)
    left = record.read(folder)
    assert left.status == "interrupted"
    assert left.epochs == (checkpoint_of(folder)["epoch"] + 1 if (folder / "last.ckpt").exists() else 0)
    result = run(long(slots, "run.resume=true"), folder)
    assert result.status == "done"
    assert_equal_runs(folder, whole)


def test_interrupted_after_every_epoch_is_the_uninterrupted_run(uninterrupted, tmp_path):
    for epoch in range(EPOCHS - 1):
        run_until(1 + STEPS + 1, signal.SIGTERM, resumed(epoch), tmp_path)  # the first step of the next epoch
        assert record.read(tmp_path).epochs == epoch + 1
    run(resumed(1), tmp_path)
    assert_equal_runs(tmp_path, uninterrupted["cosine"][0])


def resumed(epoch: int):
    return long("cosine", *(["run.resume=true"] if epoch else []))


@pytest.mark.parametrize("save", range(4))
def test_interrupted_while_a_checkpoint_is_due_and_resumed_is_the_uninterrupted_run(uninterrupted, tmp_path, save):
    """Between best.ckpt and last.ckpt the two are of different epochs."""
    original, saves = Trainer.save_checkpoint, iter(range(100))

    def interrupted(self: Trainer, path: Path) -> None:
        if next(saves) == save:
            signal.raise_signal(signal.SIGTERM)
        original(self, path)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(Trainer, "save_checkpoint", interrupted)
        run(long("one_cycle"), tmp_path)
    assert record.read(tmp_path).status == "interrupted"
    run(long("one_cycle", "run.resume=true"), tmp_path)
    assert_equal_runs(tmp_path, uninterrupted["one_cycle"][0])


def test_more_epochs_continue_a_finished_run(uninterrupted, tmp_path):
    run(tiny("trainer.max_epochs=1"), tmp_path)
    run(long("constant", "run.resume=true"), tmp_path)
    assert_equal_runs(tmp_path, uninterrupted["constant"][0])


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    before = run(tiny(), tmp_path)
    weights = weights_of(tmp_path)
    assert numbers(run(tiny("run.resume=true"), tmp_path)) == numbers(before)
    assert same(weights_of(tmp_path), weights)


@pytest.mark.parametrize(
    "change", ["seed=1", "model.bottleneck=4", "optimizer.lr=0.01", "data.train_size=256", "objective=bce"]
)
def test_only_the_same_run_is_resumed(alone, change):
    before, weights = (alone / "record.json").read_bytes(), weights_of(alone)
    key, value = change.replace("objective", "objective.name").split("=")
    with pytest.raises(UserError, match=rf"run\.resume=true: .* was trained with {key}=.*, not {value}"):
        run(tiny(change, "run.resume=true"), alone)
    assert (alone / "record.json").read_bytes() == before
    assert same(weights_of(alone), weights)


def test_fewer_epochs_than_were_trained_are_refused(tmp_path):
    before = run(tiny(), tmp_path)
    with pytest.raises(UserError, match=r"trainer\.max_epochs"):
        run(tiny("trainer.max_epochs=1", "run.resume=true"), tmp_path)
    assert record.read(tmp_path) == before


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_schedule_cut_to_its_epochs_is_not_continued_for_more(tmp_path, schedule):
    run(tiny(f"schedule={schedule}"), tmp_path)
    with pytest.raises(UserError, match=r"trained with trainer\.max_epochs=2, not 3"):
        run(tiny(f"schedule={schedule}", "trainer.max_epochs=3", "run.resume=true"), tmp_path)


def test_without_its_best_weights_a_run_is_not_resumed(tmp_path):
    run(tiny(), tmp_path)
    (tmp_path / "best.ckpt").unlink()
    with pytest.raises(UserError, match=r"run\.resume=true: .*best\.ckpt is missing"):
        run(tiny("run.resume=true"), tmp_path)


def test_a_truncated_checkpoint_is_not_resumed(tmp_path):
    run(tiny(), tmp_path)
    last, before = tmp_path / "last.ckpt", (tmp_path / "record.json").read_bytes()
    last.write_bytes(last.read_bytes()[:10_000])
    with pytest.raises(UserError, match=r"last\.ckpt: truncated or not a checkpoint"):
        run(tiny("run.resume=true"), tmp_path)
    assert (tmp_path / "record.json").read_bytes() == before


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
    with pytest.raises(UserError, match="data=mnist5k"):
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
