"""Runs that are interrupted and resumed: they end as the run that was never interrupted, or are refused in one line."""

import shutil
import signal
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lightning import Trainer

from narrows.errors import Interrupted, UserError
from narrows.run import run
from narrows.runs import checkpoint, record
from narrows.training.module import AutoencoderModule
from support.configs import tiny
from support.outcomes import checkpoint_of, same, weights_of
from support.sweeps import numbers

EPOCHS, STEPS = 3, 4  # 512 images in batches of 128
PASSES = 1 + EPOCHS * (STEPS + 1)  # through `_step`: a sanity check, then training and validation of each epoch
SLOTS = {
    "constant": (),
    "cosine": ("schedule=cosine", "model.norm=batch"),
    "one_cycle": ("schedule=one_cycle", "optimizer=sgd"),
    "all": ("data.val_size=0", "objective=bce"),
    "averaged": ("trainer.ema=0.7", "optimizer=adamw", "optimizer.clip=0.01", "schedule.warmup=1.5"),
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


@pytest.mark.parametrize("step", [PASSES // 2, PASSES - 1])
def test_a_run_that_is_resumed_with_a_longer_list_of_evaluations_has_them_at_its_end(tmp_path, uninterrupted, step):
    longer = "evaluation=[units,reconstruction]"
    run_until(step, signal.SIGTERM, long("constant"), tmp_path)
    resumed = run(long("constant", longer, "run.resume=true"), tmp_path)
    whole = uninterrupted["constant"][1]
    assert resumed.metrics.items() > whole.metrics.items()
    assert resumed.metrics.keys() - whole.metrics.keys() == {"test/dead_units"}


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of the tiny run."""
    folder = tmp_path_factory.mktemp("finished")
    run(tiny(), folder)
    return folder


@pytest.mark.parametrize(
    "change", ["seed=1", "model.bottleneck=4", "optimizer.lr=0.01", "data.train_size=256", "objective=bce"]
)
def test_only_the_same_run_is_resumed(finished, change):
    before, weights = (finished / "record.json").read_bytes(), weights_of(finished)
    key, value = change.replace("objective", "objective.name").split("=")
    with pytest.raises(UserError, match=rf"run\.resume=true: .* was trained with {key}=.*, not {value}"):
        run(tiny(change, "run.resume=true"), finished)
    assert (finished / "record.json").read_bytes() == before
    assert same(weights_of(finished), weights)


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


def damage(path: Path) -> None:
    """Flip a byte of the largest tensor."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "missing": Path.unlink,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:10_000]),
    "one bit": damage,
}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("names", [["last.ckpt"], ["best.ckpt"], ["best.ckpt", "last.ckpt"]])
def test_what_is_damaged_is_not_used_and_the_run_ends_the_same(uninterrupted, tmp_path, capsys, names, how):
    """From the whole one of its checkpoints if that is enough, else from the beginning."""
    run_until(1 + 2 * (STEPS + 1), signal.SIGTERM, long("one_cycle"), tmp_path)
    for name in names:
        DAMAGES[how](tmp_path / name)
    run(long("one_cycle", "run.resume=true"), tmp_path)
    assert_equal_runs(tmp_path, uninterrupted["one_cycle"][0])
    told = capsys.readouterr().err
    assert all(name in told for name in names) or how == "missing"


PATIENT = ("trainer.max_epochs=8", "trainer.patience=1", "optimizer.lr=0.1")


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """A run that patience stopped."""
    folder = tmp_path_factory.mktemp("stopped")
    assert 1 < run(tiny(*PATIENT), folder).epochs < 8
    return folder


@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_that_patience_stopped_trains_no_further(stopped, tmp_path, recorded):
    """Killed while it was evaluated there is no record; continued it is evaluated only."""
    shutil.copytree(stopped, tmp_path / "run")
    if not recorded:
        (tmp_path / "run" / "record.json").unlink()
    run(tiny(*PATIENT, "run.resume=true"), tmp_path / "run")
    assert_equal_runs(tmp_path / "run", stopped)


def test_a_run_that_is_done_is_left_alone(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    run(tiny(*PATIENT, "run.resume=true"), tmp_path / "run")
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_continued_for_more_epochs_the_record_of_fewer_is_kept(tmp_path):
    run(tiny("trainer.max_epochs=1"), tmp_path)
    before = (tmp_path / "record.json").read_bytes()
    run(tiny("run.resume=true"), tmp_path)
    assert (tmp_path / "record-1.json").read_bytes() == before
    assert checkpoint.read(tmp_path / "last-1.aside")["epoch"] == 0


def test_a_done_run_without_checkpoints_is_not_replaced_by_another(tmp_path):
    run(tiny(), tmp_path)
    (tmp_path / "last.ckpt").unlink()
    with pytest.raises(UserError, match=r"record\.json was trained with seed=0, not 1"):
        run(tiny("seed=1", "run.resume=true"), tmp_path)
