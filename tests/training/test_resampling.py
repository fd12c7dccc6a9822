"""Dead units of a dictionary whose weights are drawn anew: which, how, and the same after a resumption."""

import signal

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from narrows.build import build, build_autoencoder
from narrows.build_optimizer import build_optimizer
from narrows.data.sources import as_floats
from narrows.data.splits import Splits
from narrows.errors import Interrupted
from narrows.models.autoencoder import Autoencoder
from narrows.run import run
from narrows.seeds import generator
from narrows.training.averages import AVERAGE, average, average_after_steps
from narrows.training.module import AutoencoderModule
from narrows.training.resampling import SHORT, due, resample
from support.configs import tiny
from support.outcomes import same, weights_of

UNITS, DEAD = 10, torch.arange(10) < 3
DICTIONARY = ("model=linear", f"model.bottleneck={UNITS}", "code=relu", "code.dead_after=3")
KINDS = ["relu", "topk", "batch_topk", "jumprelu", "gated"]


def dying(*overrides: str) -> tuple[Autoencoder, torch.optim.Optimizer]:
    """A dictionary after a step of training, three of whose units are said to be dead."""
    config = tiny(*DICTIONARY, *overrides)
    autoencoder = build(config.model, config.code, (1, 28, 28), generator(0, "weights"))
    optimizer = build_optimizer(autoencoder.parameters(), config.optimizer)
    images = torch.rand(4, 1, 28, 28, generator=generator(0, "images"))
    autoencoder(images, generator(0, "noise")).images.square().mean().backward()
    optimizer.step()
    autoencoder.code.silent.copy_(DEAD * 3)
    return autoencoder, optimizer


def state(autoencoder: Autoencoder) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in autoencoder.state_dict().items()}


@pytest.mark.parametrize("kind", KINDS)
def test_dead_units_alone_get_the_direction_of_a_training_image(splits: Splits, kind):
    autoencoder, optimizer = dying(f"code={kind}")
    before = state(autoencoder)
    resample(autoencoder, optimizer.state_dict(), splits.train.pixels, 0, 1)
    after, bias = state(autoencoder), before["decoder.0.bias"]
    directions = F.normalize(as_floats(splits.train.pixels).flatten(1) - bias)
    assert torch.equal(after["decoder.0.bias"], bias)
    for name, rows in (("encoder.0.weight", DEAD), ("encoder.0.bias", DEAD), ("code.silent", DEAD)):
        assert torch.equal(after[name][~rows], before[name][~rows])
    assert torch.equal(after["decoder.0.weight"][:, ~DEAD], before["decoder.0.weight"][:, ~DEAD])
    new = after["decoder.0.weight"][:, DEAD].T
    assert ((new @ directions.T).amax(1) > 0.9999).all()
    length = SHORT * before["encoder.0.weight"][~DEAD].norm(dim=1).mean()
    torch.testing.assert_close(after["encoder.0.weight"][DEAD], length * new)
    assert not after["encoder.0.bias"][DEAD].any() and not after["code.silent"][DEAD].any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimiser_forgets_them_and_no_others(splits: Splits, kind):
    autoencoder, optimizer = dying(f"code={kind}")
    before = {name: optimizer.state[value]["exp_avg"].clone() for name, value in autoencoder.named_parameters()}
    resample(autoencoder, optimizer.state_dict(), splits.train.pixels, 0, 1)
    for name, value in autoencoder.named_parameters():
        moments, former = optimizer.state[value]["exp_avg"], before[name]
        if name == "decoder.0.bias":
            assert torch.equal(moments, former)
            continue
        by_unit = (moments.T, former.T) if name == "decoder.0.weight" else (moments, former)
        assert not by_unit[0][DEAD].any() and torch.equal(by_unit[0][~DEAD], by_unit[1][~DEAD])


def test_a_learnt_variance_has_no_units_to_forget(splits: Splits):
    config = tiny(*DICTIONARY, "objective=gaussian")
    autoencoder = build_autoencoder(config, generator(0, "weights"))
    optimizer = build_optimizer(autoencoder.parameters(), config.optimizer)
    for parameter in autoencoder.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    autoencoder.code.silent.copy_(DEAD * 3)
    resample(autoencoder, optimizer.state_dict(), splits.train.pixels, 0, 1)
    assert optimizer.state[autoencoder.output.log_sigma]["exp_avg"].all()
    assert not optimizer.state[autoencoder.encoder[-1].weight]["exp_avg"][DEAD].any()


def test_averages_of_weights_become_the_new_weights(splits: Splits):
    autoencoder, optimizer = dying()
    average_after_steps(optimizer, 0.9)
    average(optimizer)
    before = {name: optimizer.state[value][AVERAGE].clone() for name, value in autoencoder.named_parameters()}
    resample(autoencoder, optimizer.state_dict(), splits.train.pixels, 0, 1)
    weights = autoencoder.encoder[-1].weight
    averages = optimizer.state[weights][AVERAGE]
    assert torch.equal(averages[DEAD], weights[DEAD])
    assert torch.equal(averages[~DEAD], before["encoder.0.weight"][~DEAD])


def test_images_that_are_reconstructed_badly_are_drawn(splits: Splits):
    """All of the probability is on one image: the others are reconstructed without error."""
    autoencoder, optimizer = dying()
    images = torch.zeros(100, 1, 28, 28)
    images[7, 0, 3:9, 4] = 1.0
    with torch.no_grad():
        for parameter in autoencoder.parameters():
            parameter.zero_()
    resample(autoencoder, optimizer.state_dict(), images, 0, 1)
    torch.testing.assert_close(autoencoder.decoder[0].weight[:, 0], F.normalize(images[7].flatten(), dim=0))


def test_without_dead_units_nothing_changes(splits: Splits):
    autoencoder, optimizer = dying()
    autoencoder.code.silent.zero_()
    before = state(autoencoder)
    resample(autoencoder, optimizer.state_dict(), splits.train.pixels, 0, 1)
    assert same(before, state(autoencoder))


def test_the_seed_and_the_epoch_decide_what_is_drawn(splits: Splits):
    drawn = []
    for seed, epoch in ((0, 1), (0, 1), (1, 1), (0, 2)):
        autoencoder, optimizer = dying()
        resample(autoencoder, optimizer.state_dict(), splits.train.pixels, seed, epoch)
        drawn.append(autoencoder.decoder[0].weight[:, DEAD])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2]) and not torch.equal(drawn[0], drawn[3])


def test_it_is_due_before_every_so_many_epochs_but_the_first():
    config = tiny(*DICTIONARY, "code.resample=2")
    assert [epoch for epoch in range(7) if due(config, epoch)] == [2, 4, 6]
    assert not any(due(other, epoch) for other in (tiny(), tiny(*DICTIONARY)) for epoch in range(7))


# --- In a run.

#: Most units die under this penalty.
DYING = (
    *("model=linear", "model.bottleneck=16", "model.unit_norm=true", "model.centred=true", "trainer.max_epochs=4"),
    *("code.dead_after=2", "code.resample=2", "objective.weights.aux_k=0.1", "optimizer.lr=0.01"),
)
SPARSE = {
    "relu": ("code=relu", "objective.weights.code_l1=20.0"),
    "batch_topk": ("code=batch_topk", "code.annealing=6"),
    "jumprelu": ("code=jumprelu", "objective.weights.code_l0=1.0"),
    "gated": ("code=gated", "objective.weights.code_l1=20.0"),
}


@pytest.mark.parametrize("kind", SPARSE)
def test_interrupted_and_resumed_it_is_the_run_that_was_not(tmp_path, kind):
    """In the epoch that begins with dead units drawn anew, and in the one after it."""
    whole = run(tiny(*SPARSE[kind], *DYING), tmp_path / "whole")
    assert "l0" in whole.curves and "silent_units" in whole.curves
    for step in (11, 16):  # passes: a sanity check, then 4 training steps and a validation in each epoch
        folder = tmp_path / str(step)
        interrupt(step, tiny(*SPARSE[kind], *DYING), folder)
        resumed = run(tiny(*SPARSE[kind], *DYING, "run.resume=true"), folder)
        assert resumed.curves["train/loss"] == whole.curves["train/loss"]
        assert all(same(weights_of(folder, name), weights_of(tmp_path / "whole", name)) for name in ("best", "last"))


def interrupt(step: int, config, folder) -> None:
    original, passes = AutoencoderModule._step, iter(range(10**6))

    def interrupted(self: AutoencoderModule, images: Tensor, stage: str) -> Tensor:
        if next(passes) == step:
            signal.raise_signal(signal.SIGTERM)
        return original(self, images, stage)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(AutoencoderModule, "_step", interrupted)
        run(config, folder)


def test_units_come_back_to_life(tmp_path):
    """Controls: the same run without resampling has more units that are silent."""
    silent = {}
    for every in (0, 1):
        dictionary = ("model=linear", "model.bottleneck=64", "code=topk", "code.active=4", "code.dead_after=4")
        config = tiny(*dictionary, "optimizer.lr=0.01", "trainer.max_epochs=6", f"code.resample={every}")
        silent[every] = run(config, tmp_path / str(every)).curves["silent_units"][-1]
    assert silent[1] < silent[0]
