"""Floats too small for a CPU to be quick with: 0 while something trains, and nowhere else."""

from collections.abc import Iterable
from functools import partial

import pytest
import torch

from narrows.data.splits import splits_of
from narrows.fleet.fleet import Fleet
from narrows.fleet.member import Member
from narrows.run import run
from narrows.training.denormals import flushed
from narrows.training.precision import computing
from narrows.training.pretraining import Layerwise
from support.configs import tiny
from support.outcomes import checkpoint_of

CONFIG = tiny("trainer.max_epochs=6", "optimizer.lr=0.03")  # after which 685 moments were denormal, without this
CPU = torch.device("cpu")
SMALLEST = torch.finfo(torch.float32).tiny


def tiny_is_zero() -> bool:
    return bool((torch.full((100,), 1e-40, dtype=torch.float32) * 1 == 0).all())


@pytest.mark.parametrize("entered", [flushed, *(partial(computing, name, CPU) for name in ("32-true", "64-true"))])
def test_they_are_zero_inside_and_as_they_were_afterwards(entered):
    assert not tiny_is_zero()
    with pytest.raises(ZeroDivisionError), entered():
        with entered():
            assert tiny_is_zero()
        assert tiny_is_zero()
        raise ZeroDivisionError
    assert not tiny_is_zero()


def denormal(moments: Iterable[torch.Tensor]) -> int:
    return sum(int(((moment != 0) & (moment.abs() < SMALLEST)).sum()) for moment in moments)


def test_no_moment_of_a_run_alone_becomes_denormal(tmp_path):
    run(CONFIG, tmp_path)
    states = checkpoint_of(tmp_path)["optimizer_states"][0]["state"].values()
    assert denormal(state["exp_avg_sq"] for state in states) == 0


def test_no_moment_of_a_fleet_becomes_denormal():
    splits = splits_of(CONFIG.data)
    member = Member(CONFIG, splits)
    for _ in Fleet([member], splits).epochs():
        pass
    assert member.optimizer
    assert denormal(state["exp_avg_sq"] for state in member.optimizer["state"].values()) == 0


def test_a_fleet_pretrains_as_a_run_alone_does(monkeypatch):
    found: list[bool] = []
    monkeypatch.setattr(Layerwise, "pretrain", lambda *_: found.append(tiny_is_zero()))
    config = tiny("pretrain=layerwise")
    Member(config, splits_of(config.data)).pretrain()
    assert found == [True]
