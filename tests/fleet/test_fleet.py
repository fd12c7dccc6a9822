"""Members of a fleet: their curves, numbers of images and epochs, divergence, and how they are continued."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.fleet.train_together import train
from narrows.run import run
from narrows.runs import checkpoint
from narrows.runs.run_folder import LAST
from support.configs import tiny
from support.fleets import save
from support.kinds import COVERING, DOUBLE, EXTRA, members
from support.parity import distance, drawing, loop, most, together


class Waits(TorchDispatchMode):
    """Records the operations that wait for a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.overloadpacket.__name__ in ("_local_scalar_dense", "nonzero", "equal", "masked_select"):
            self.found.append(str(function))
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "kind",
    [
        (),
        ("code=variational", "objective=bce", "corruption=gaussian"),
        ("model.norm=layer",),
        ("objective.weights.mmd=0.1",),
    ],
)
def test_no_step_waits_for_a_gpu(kind):
    """As far as a CPU can tell: no operation of a step reads a number."""
    configs = members("trainer.max_epochs=1", *kind, count=3)
    splits = most(configs)
    with drawing(by_counter=True):
        fleet = Fleet([Member(config, splits) for config in configs], splits, exact=False)
    with Waits() as waits:
        fleet.engine.train()
    assert waits.found == []


#: Validation losses with noise, in two batches, for more epochs than passes take to be captured.
NOISY = [
    ("data.val_size=1500", "trainer.max_epochs=6", *kind)
    for kind in [
        ("code=variational", "objective=bce", "objective.kl_warmup=2"),
        ("corruption=masking", "model.norm=batch"),
        ("corruption=gaussian", "code=variational", "objective.weights.mmd=0.1"),
        ("corruption=gaussian", "code=variational", "trainer.monitor=clean_loss"),
    ]
]


@pytest.mark.parametrize(
    "kind", [(), *COVERING, *EXTRA, ("data.val_size=1500", "objective.weights.mmd=0.1"), *NOISY], ids=" ".join
)
def test_a_member_has_the_curves_and_the_best_epoch_of_the_run_alone(kind, tmp_path):
    configs = members(*kind, count=2)
    for position, member in enumerate(together(configs)):
        alone = run(member.config, tmp_path / str(position))
        saved = torch.load(tmp_path / str(position) / "last.ckpt", weights_only=True)["state_dict"]
        assert distance(checkpoint.module_state(member.autoencoder.state_dict()), saved) == 0
        curves = member.history.pretraining | member.history.curves
        assert list(curves) == list(alone.curves)
        for name in set(curves) - {"seconds", "images_per_second", "gradient_norm"}:
            assert curves[name] == alone.curves[name], name
        assert curves["gradient_norm"] == pytest.approx(alone.curves["gradient_norm"], rel=1e-5)
        assert member.history.best_epoch == alone.best_epoch


@pytest.mark.parametrize("kind", NOISY, ids=" ".join)
def test_stacked_as_on_a_gpu_validation_losses_have_the_same_noise(kind):
    configs = members(*kind, DOUBLE, "trainer.max_epochs=1", count=3)
    for stacked, exact in zip(together(configs, exact=False), together(configs, by_counter=True), strict=True):
        for name in ("val/loss", "active_units"):
            assert stacked.history.curves[name] == pytest.approx(exact.history.curves[name], rel=1e-9)


@pytest.mark.parametrize("kind", [(), ("model.norm=batch",), ("model=conv", "model.norm=batch")], ids=" ".join)
def test_members_may_see_different_numbers_of_images(kind):
    """Those with fewer are done with an epoch earlier; ragged last batches are of different lengths."""
    configs = [tiny(*kind, f"data.train_size={size}", "model.bottleneck=4") for size in (512, 130, 300, 128)]
    for member in together(configs):
        assert member.images == member.config.data.train_size
        assert distance(member.autoencoder.state_dict(), loop(member.config)) == 0
    for member in together([tiny(*kind, f"data.train_size={size}", DOUBLE) for size in (130, 256)], exact=False):
        assert distance(member.autoencoder.state_dict(), loop(member.config, by_counter=True)) < 1e-9


def test_members_may_stop_at_different_epochs():
    configs = [tiny(f"trainer.max_epochs={epochs}", "schedule=cosine", DOUBLE) for epochs in (1, 4, 2)]
    for member in together(configs):
        assert member.history.epochs == member.config.trainer.max_epochs
        assert distance(member.autoencoder.state_dict(), loop(member.config)) < 1e-9


def test_weights_levels_and_decay_are_each_members_own():
    noisy = ("corruption=gaussian", "code=variational", "objective=bce", DOUBLE)
    own = ("objective.weights.kl=0.1", "corruption.level=0.9", "optimizer.weight_decay=0.1", "objective.kl_warmup=1")
    configs = [tiny(*noisy, one) for one in own]
    for member in together(configs):
        assert distance(member.autoencoder.state_dict(), loop(member.config)) < 1e-9


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_member_that_diverges_changes_nothing_for_the_others(optimizer):
    good = members(f"optimizer={optimizer}", "trainer.max_epochs=3", count=4)
    bad = tiny(f"optimizer={optimizer}", "optimizer.lr=1e6", "model.output=sigmoid", "seed=7")
    wild = bad.model_copy(update={"optimizer": bad.optimizer.model_copy(update={"lr": 1e38})})
    calm, beside = together([*good, good[0]]), together([*good, wild])
    assert beside[-1].error.startswith("the loss became nan in epoch 1, step ")
    for one, other in zip(calm[:4], beside[:4], strict=True):
        assert distance(one.autoencoder.state_dict(), other.autoencoder.state_dict()) == 0
        curves = set(one.history.curves) - {"seconds", "images_per_second"}
        assert all(one.history.curves[name] == other.history.curves[name] for name in curves)


def test_from_python_each_config_gets_its_best_weights_or_none(tmp_path):
    """On the threads that the configs ask for, with a warning for what diverged."""
    wild = tiny("optimizer=sgd", "optimizer.lr=1e30", "model.output=linear")
    calm = tiny("optimizer=sgd", "model.output=linear", "model.bottleneck=5")
    torch.set_num_threads(2)
    with pytest.warns(UserWarning, match=r"configs\[0\]: the loss became"):
        nothing, autoencoder = train([wild, calm], most([wild, calm]))
    assert torch.get_num_threads() == calm.trainer.threads == 1
    run(calm, tmp_path)
    assert nothing is None and not autoencoder.training
    assert distance(autoencoder.state_dict(), checkpoint.load(tmp_path / "best.ckpt").state_dict()) == 0


def test_a_member_that_diverges_says_where_as_it_would_alone(tmp_path):
    config = tiny("optimizer=sgd", "optimizer.lr=1e30", "model.output=linear")
    diverged, _ = together([config, tiny("optimizer=sgd", "model.output=linear")])
    with pytest.raises(ArithmeticError) as alone:
        run(config, tmp_path)
    assert diverged.error == str(alone.value)


@pytest.mark.parametrize("patience", [1, 2])
def test_patience_stops_members_and_runs_at_the_same_epoch(patience, tmp_path):
    wild = ("optimizer=sgd", "trainer.max_epochs=12", f"trainer.patience={patience}", "optimizer.momentum=0.99")
    configs = [tiny(*wild, f"optimizer.lr={lr}", DOUBLE) for lr in (0.1, 3.0, 10.0)]
    found = together(configs)
    stopped = [member.history.epochs for member in found]
    assert min(stopped) < 12
    for position, member in enumerate(found):
        alone = run(member.config, tmp_path / str(position))
        assert (alone.epochs, alone.best_epoch) == (member.history.epochs, member.history.best_epoch)


def test_a_fleets_checkpoint_is_continued_alone_and_the_other_way_round(tmp_path):
    short, long = members("trainer.max_epochs=2", DOUBLE, count=3), members("trainer.max_epochs=4", DOUBLE, count=3)
    for position, member in enumerate(together(short)):
        member_folder = tmp_path / f"{position}"
        member_folder.mkdir()
        save(member, member_folder)
        resumed = long[position].model_copy(update={"run": long[position].run.model_copy(update={"resume": True})})
        cards = [torch.load(member_folder / name, weights_only=True)["narrows"] for name in ("best.ckpt", "last.ckpt")]
        assert ["noise" in card for card in cards] == [False, True]  # of the last epoch, not of the best one
        run(resumed, member_folder)
        saved = torch.load(member_folder / "last.ckpt", weights_only=True)["state_dict"]
        expected = {f"autoencoder.{name}": value for name, value in loop(long[position]).items()}
        assert distance(saved, expected) < 1e-9
    splits = most(long)
    continued = [Member(config, splits) for config in long]
    for position, (member, epochs) in enumerate(zip(continued, (1, 3, 0), strict=True)):  # from where each stands
        if epochs:
            alone = short[position].trainer.model_copy(update={"max_epochs": epochs})
            run(short[position].model_copy(update={"trainer": alone}), tmp_path / f"alone{position}")
            member.restore(tmp_path / f"alone{position}" / LAST)
    for _ in Fleet(continued, splits).epochs():
        pass
    for member in continued:
        assert distance(member.autoencoder.state_dict(), loop(member.config)) < 1e-9
