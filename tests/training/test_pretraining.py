"""Layerwise pretraining: what it trains, what it leaves, and that an interruption changes nothing."""

import signal

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from narrows.errors import Diverged, Interrupted
from narrows.run import run
from narrows.runs import record
from narrows.runs.history import History
from narrows.seeds import generator
from narrows.training import pretraining
from narrows.training.make import make_module
from narrows.training.pretraining import pairs
from narrows.training.trainable import make_stages
from support.configs import configure, tiny
from support.outcomes import same, weights_of

LAYERWISE = ("pretrain=layerwise", "pretrain.epochs=2", "model.widths=[32,16]")


def test_the_pairs_are_the_layers_from_the_outside_in(splits):
    autoencoder = make_module(tiny(), splits).autoencoder
    found = pairs(autoencoder)
    assert [len(pair.down) for pair in found] == [2, 2, 2, 1]
    weights = [(pair.down[0].in_features, pair.up[0].out_features) for pair in found]
    assert weights == [(784, 784), (128, 128), (64, 64), (12, 12)]
    assert [len(pair.below) for pair in found] == [0, 2, 4, 6]
    layers = [layer for pair in found for layer in pair.down]
    assert all(one is other for one, other in zip(layers, autoencoder.encoder, strict=True))


def test_each_layer_has_a_curve_that_falls(tmp_path):
    result = run(tiny(*LAYERWISE, "pretrain.epochs=4", "logger=tensorboard"), tmp_path)
    assert {"pretrain/layer1", "pretrain/layer2", "pretrain/layer3"} <= result.curves.keys()
    for number in (1, 2, 3):
        curve = result.curves[f"pretrain/layer{number}"]
        assert len(curve) == 4 and curve[-1] < curve[0]
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    shown = [scalar.value for scalar in events.Scalars("pretrain/layer2")]
    assert shown == pytest.approx(result.curves["pretrain/layer2"])
    assert result.epochs == 2 and len(result.curves["train/loss"]) == 2


def test_without_it_there_is_no_such_curve(trained):
    assert not [name for name in trained.record.curves if name.startswith("pretrain")]


@pytest.mark.parametrize("options", [(), ("model.norm=batch", "model.dropout=0.2", "corruption=masking")])
@pytest.mark.parametrize("step", [0, 5, 13, 23, 27])
def test_interrupted_anywhere_and_run_again_is_the_uninterrupted_run(tmp_path, monkeypatch, options, step):
    """24 steps of pretraining, 4 an epoch; what comes later is in test_run.py."""
    config = tiny(*LAYERWISE, *options)
    run(config, tmp_path / "whole")
    original, steps = pretraining._step, iter(range(1000))

    def interrupted(*arguments: object) -> torch.Tensor:
        if next(steps) == min(step, 23):
            signal.raise_signal(signal.SIGTERM)
        return original(*arguments)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(pretraining, "_step", interrupted)
        run(config, tmp_path / "parts")
    assert record.read(tmp_path / "parts").status == "interrupted"
    resumed = run(tiny(*LAYERWISE, *options, "run.resume=true"), tmp_path / "parts")
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))
    assert resumed.curves["pretrain/layer1"] == record.read(tmp_path / "whole").curves["pretrain/layer1"]


def test_a_run_that_continues_has_it_behind_itself(tmp_path):
    whole = run(tiny(*LAYERWISE, "trainer.max_epochs=3", "model.dropout=0.2"), tmp_path / "whole")
    run(tiny(*LAYERWISE, "trainer.max_epochs=1", "model.dropout=0.2"), tmp_path / "parts")
    options = ("trainer.max_epochs=3", "model.dropout=0.2", "run.resume=true")
    resumed = run(tiny(*LAYERWISE, *options), tmp_path / "parts")
    assert same(weights_of(tmp_path / "parts"), weights_of(tmp_path / "whole"))
    assert resumed.curves.keys() == whole.curves.keys()
    assert resumed.curves["pretrain/layer3"] == whole.curves["pretrain/layer3"]


@pytest.mark.parametrize("corruption", ["none", "masking", "gaussian"])
def test_it_is_the_algorithm_of_vincent_et_al(splits, corruption):
    """Written out: each pair gets its own input corrupted, which clean images give in the layers below."""
    config = tiny(*LAYERWISE, f"corruption={corruption}", "optimizer=sgd", "optimizer.lr=0.1", "data.train_size=128")
    module, plain = (make_module(config, splits._replace(train=splits.train[:128])) for _ in range(2))
    (layerwise,) = make_stages(config, History())
    layerwise.pretrain(module, splits.train.pixels[:128], 128)
    images = splits.train.pixels[:128].flatten(1) / 255
    encoder, decoder = plain.autoencoder.encoder, plain.autoencoder.decoder
    for number, (below, down, up) in enumerate([(0, (0, 2), (4, 5)), (2, (2, 4), (2, 4)), (4, (4, 5), (0, 2))], 1):
        trained = [*encoder[slice(*down)].parameters(), *decoder[slice(*up)].parameters()]
        optimizer = torch.optim.SGD(trained, 0.1, momentum=config.optimizer.momentum)
        noise = generator(config.seed, "pretrain", number, "noise")
        for epoch in range(2):
            order = torch.randperm(128, generator=generator(config.seed, "pretrain", number, "order", epoch))
            clean = encoder[:below](images[order]).detach()
            match corruption:
                case "none":
                    inputs = clean
                case "masking":
                    inputs = torch.where(torch.rand(clean.shape, generator=noise) < config.corruption.level, 0.0, clean)
                case "gaussian":
                    inputs = clean + config.corruption.level * torch.randn(clean.shape, generator=noise)
            scores = decoder[slice(*up)](encoder[slice(*down)](inputs))
            loss = ((scores.sigmoid() if number == 1 else scores) - clean).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    for name, value in module.autoencoder.state_dict().items():
        torch.testing.assert_close(value, plain.autoencoder.state_dict()[name])


def test_what_lies_below_a_pair_stays_as_it_is(splits, tmp_path, monkeypatch):
    seen: list[torch.Tensor] = []
    original = pretraining._step

    def watching(pair, images, corruption, optimizer, noise):
        before = [parameter.clone() for parameter in pair.below.parameters()]
        loss = original(pair, images, corruption, optimizer, noise)
        seen.extend((one - other).abs().max() for one, other in zip(before, pair.below.parameters(), strict=True))
        return loss

    monkeypatch.setattr(pretraining, "_step", watching)
    run(tiny(*LAYERWISE), tmp_path)
    assert seen and not torch.stack(seen).any()


def test_a_loss_that_is_not_finite_ends_the_run(tmp_path):
    with pytest.raises(Diverged, match=r"while pretraining layer 1, epoch 1"):
        run(tiny(*LAYERWISE, "model.output=linear", "optimizer=sgd", "optimizer.lr=1e20"), tmp_path)
    assert record.read(tmp_path).status == "failed"


DEEP = (
    "data=mnist5k",
    "trainer=cpu",
    "logger=none",
    "model.widths=[256,128,64]",
    "model.bottleneck=16",
    "model.activation=sigmoid",
    "trainer.max_epochs=1",
)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_it_lowers_the_first_epochs_error_of_a_deep_sigmoid_net(tmp_path, seed):
    """Validation MSE 0.052 to 0.055 after an epoch, where without it is 0.068, in three seeds."""
    errors = {}
    for name in ("none", "layerwise"):
        result = run(configure(*DEEP, f"seed={seed}", f"pretrain={name}"), tmp_path / name)
        errors[name] = result.metrics["val/mse"]
    assert errors["layerwise"] < 0.9 * errors["none"]
