"""The optimiser's and the schedule's knobs in fleets: each member trains, clips and resumes as alone."""

import pytest

from narrows.config.schema import Config
from narrows.fleet.fleet import Fleet
from narrows.fleet.grouping import program
from narrows.fleet.member import Member
from narrows.run import run
from narrows.runs.run_folder import LAST
from support.fleets import save
from support.kinds import DOUBLE, members
from support.outcomes import weights_of
from support.parity import distance, drawing, farthest, loop, most, together

KNOBS = {
    "adamw": ("optimizer=adamw", "optimizer.weight_decay=0.3", "schedule=cosine", "schedule.warmup=0.5"),
    "adamw, one_cycle": ("optimizer=adamw", "optimizer.weight_decay=0.3", "schedule=one_cycle"),
    "betas": ("optimizer.beta1=0.5", "optimizer.beta2=0.9", "optimizer.eps=1e-3", "schedule.warmup=2"),
    "clip": ("optimizer.clip=1e-3", "optimizer.eps=1e-3"),
    "ema": ("trainer.ema=0.8", "optimizer=adamw", "schedule=cosine"),
    "ema, one_cycle": ("trainer.ema=0.8", "optimizer=sgd", "schedule=one_cycle"),
    "clip, sgd": ("optimizer=sgd", "optimizer.clip=0.01", "schedule=step", "schedule.milestones=[1,2]"),
}


def configs(*overrides: str, count: int = 3) -> list[Config]:
    return members("data.train_size=300", *overrides, count=count)


@pytest.mark.parametrize("name", KNOBS)
def test_on_a_cpu_members_are_runs_alone_bit_for_bit(name):
    assert farthest(configs("trainer.max_epochs=3", *KNOBS[name])) == 0


@pytest.mark.parametrize("name", KNOBS)
def test_stacked_members_are_runs_alone_to_the_last_digits(name):
    assert farthest(configs("trainer.max_epochs=3", DOUBLE, *KNOBS[name], count=2), exact=False) < 1e-9


def with_clip(config: Config, clip: float | None) -> Config:
    return config.model_copy(update={"optimizer": config.optimizer.model_copy(update={"clip": clip})})


@pytest.mark.parametrize("exact", [True, False])
def test_each_member_clips_by_its_own_limit_and_norm(exact):
    """A norm over the fleet would clip the first member; its limit, or none, would change the others."""
    limits = (1e4, 1e-4, None)
    clipped = list(map(with_clip, configs("optimizer=sgd", DOUBLE), limits))
    assert len({program(config) for config in clipped}) == 1
    assert farthest(clipped, exact) < 1e-9
    trained, free = (together(each, exact) for each in (clipped, configs("optimizer=sgd", DOUBLE)))
    changed = [
        distance(member.autoencoder.state_dict(), other.autoencoder.state_dict())
        for member, other in zip(trained, free, strict=True)
    ]
    assert changed[0] < 1e-9 and changed[1] > 1e-5 and changed[2] < 1e-9


def test_lightning_clips_as_the_plain_loop_and_logs_the_norm_before(tmp_path):
    (config, *_), (free, *_) = configs("optimizer.clip=1e-3"), configs()
    clipped, unclipped = run(config, tmp_path / "clipped"), run(free, tmp_path / "free")
    weights = {f"autoencoder.{name}": value for name, value in loop(config).items()}
    assert distance(weights_of(tmp_path / "clipped"), weights) == 0
    assert clipped.curves["gradient_norm"][0] > 1e-3
    (member,) = together([config])
    assert member.history.curves["gradient_norm"] == pytest.approx(clipped.curves["gradient_norm"], rel=1e-5)
    assert clipped.curves["gradient_norm"] != unclipped.curves["gradient_norm"]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("name", KNOBS)
def test_a_resumed_fleet_ends_as_an_uninterrupted_one(tmp_path, name, exact):
    """Bit for bit. All are interrupted after the first of three epochs, in the middle of a schedule."""
    longer = configs("trainer.max_epochs=3", *KNOBS[name], count=2)
    splits = most(longer)
    with drawing(not exact):
        begun, resumed = ([Member(config, splits) for config in longer] for _ in range(2))
    fleet = Fleet(begun, splits, exact)
    next(fleet.epochs())
    fleet.settle()
    for number, (member, continued) in enumerate(zip(begun, resumed, strict=True)):
        (tmp_path / f"{number}").mkdir()
        save(member, tmp_path / f"{number}")
        continued.restore(tmp_path / f"{number}" / LAST)
    for _ in Fleet(resumed, splits, exact).epochs():
        pass
    for member, whole in zip(resumed, together(longer, exact), strict=True):
        assert distance(member.autoencoder.state_dict(), whole.autoencoder.state_dict()) == 0
        assert distance(member.best, whole.best) == 0


def test_alone_and_in_a_fleet_the_averages_are_validated_and_saved_as_the_best_weights(tmp_path):
    config, *rest = configs("trainer.ema=0.8", "trainer.max_epochs=2", "model.norm=batch")
    alone = run(config, tmp_path)
    member, *_ = together([config, *rest])
    best, last = (
        {name.removeprefix("autoencoder."): value for name, value in weights_of(tmp_path, name_).items()}
        for name_ in ("best", "last")
    )
    assert distance(member.best, best) == distance(member.autoencoder.state_dict(), last) == 0
    assert distance(best, last) > 1e-4
    for name in ("val/loss", "active_units"):
        assert alone.curves[name] == member.history.curves[name]
    (raw, *_) = together(configs("trainer.max_epochs=2", "model.norm=batch"))
    assert distance(raw.autoencoder.state_dict(), last) == 0  # training does not see the averages
    assert raw.history.curves["val/loss"] != alone.curves["val/loss"]
